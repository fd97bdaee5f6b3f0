import { queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { renewed } from '../api/session';

/** Who is signed in. Asked again whenever the page is looked at: groups change while a page stands open. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => answered(api.GET('/api/auth/me', { signal })),
  staleTime: 60_000,
  refetchOnWindowFocus: 'always',
});

/** Renews the session, so that its role is that of the groups of now. */
export const renewSession = renewed;

/** Leaves for the sign-in page, and comes back to the path. */
export async function signIn(path: string): Promise<void> {
  const { authorize_url } = await answered(api.POST('/api/auth/login', { params: { query: { redirect: path } } }));
  window.location.assign(authorize_url);
}

/** Ends the session here, then on the sign-in page, which would let in whoever comes next. */
export async function signOut(): Promise<void> {
  const { logout_url } = await answered(api.POST('/api/auth/logout'));
  window.location.assign(logout_url);
}

/** Signs in in another tab, so that this one keeps what is half written. */
export const otherTabSignIn = `/api/auth/login?redirect=${encodeURIComponent('/signed-in')}`;

/** On this channel the other tab tells that it has signed in. */
export const signedInChannel = 'rez-signed-in';
