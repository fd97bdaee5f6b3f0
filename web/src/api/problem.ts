import type { components } from './schema';

export type Problem = components['schemas']['Problem'];
export type ProblemField = components['schemas']['ProblemField'];

/** What the API, or the way to it, answered instead of what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The code of docs/errors.md, or one of ours where the answer was not the API's: network, not_json. */
  readonly code: string;
  readonly title: string;
  readonly fields: ProblemField[];
  /** The reference under which the logs tell more. */
  readonly reference?: string;

  constructor(problem: Pick<Problem, 'code' | 'title' | 'detail' | 'status' | 'errors' | 'instance'>) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.fields = problem.errors ?? [];
    this.reference = problem.instance;
  }

  /** The words for one field, or undefined where nothing is wrong with it. */
  field(name: string): string | undefined {
    const wrong = this.fields.find((field) => field.field === name);
    return wrong && (wrong.allowed ? `${wrong.problem}; allowed: ${wrong.allowed}` : wrong.problem);
  }

  /** Whether the same request may succeed in a moment. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const noAnswer = () =>
  new ApiError({
    code: 'network',
    status: 0,
    title: 'No answer',
    detail: 'The API cannot be reached. Check your connection; what was accepted is not lost.',
  });

const notOurs = (status: number) =>
  new ApiError({
    code: 'not_json',
    status,
    title: 'Something else answered',
    detail: `The answer (HTTP ${status}) is not the API’s: a proxy or a sign-in page may stand in between.`,
  });

/** Turns an answer that is not a success into an ApiError. */
export function problemOf(body: unknown, status: number): ApiError {
  return isProblem(body) ? new ApiError(body) : notOurs(status);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body && 'status' in body;
}

/** An ApiError of whatever was thrown. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) {
    return thrown;
  }
  return new ApiError({
    code: 'page',
    status: 0,
    title: 'The page has a fault',
    detail: thrown instanceof Error ? thrown.message : 'Something unexpected happened.',
  });
}
