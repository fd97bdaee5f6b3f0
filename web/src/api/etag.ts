// The API says no-store, so that no shared cache keeps anybody's messages; and with no-store the browser keeps no ETags.
// So the tab keeps its newest answers itself and asks with If-None-Match: a poll that finds nothing new costs an empty 304.

const mostAnswers = 60;

interface Kept {
  tag: string;
  body: string;
}

const kept = new Map<string, Kept>();

/** Adds If-None-Match where the answer to this GET is known. */
export function askIfChanged(request: Request): void {
  const known = kept.get(request.url);
  if (request.method === 'GET' && known) {
    request.headers.set('If-None-Match', known.tag);
  }
}

/** Gives the known answer in place of a 304, and keeps a new one. */
export async function keepAnswer(request: Request, answer: Response): Promise<Response> {
  const known = kept.get(request.url);
  if (answer.status === 304 && known) {
    return new Response(known.body, { status: 200, headers: { 'Content-Type': 'application/json' } });
  }
  const tag = answer.headers.get('ETag');
  if (request.method === 'GET' && answer.status === 200 && tag) {
    keep(request.url, { tag, body: await answer.clone().text() });
  }
  return answer;
}

function keep(url: string, answer: Kept): void {
  kept.delete(url); // so that it becomes the newest
  kept.set(url, answer);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostAnswers) {
      return;
    }
    kept.delete(oldest);
  }
}

/** Forgets everything: what one person may see is not for the next. */
export function forgetAnswers(): void {
  kept.clear();
}
