import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asApiError } from '../api/problem';
import { meQuery } from './session';

/** The client of all queries: it repeats what may succeed in a moment, and looks again who one is when something was forbidden. */
export function makeQueryClient(): QueryClient {
  const lookAgain = (thrown: unknown, key?: unknown) => {
    const { code } = asApiError(thrown);
    if ((code === 'forbidden' || code === 'no_role') && key !== 'me') {
      void client.invalidateQueries(meQuery);
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: (thrown, query) => lookAgain(thrown, query.queryKey[0]) }),
    mutationCache: new MutationCache({ onError: (thrown) => lookAgain(thrown) }),
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (count, thrown) => count < 2 && asApiError(thrown).transient,
        retryDelay: (count) => 500 * 2 ** count,
      },
      mutations: { retry: false },
    },
  });
  return client;
}
