import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../App';
import { makeRouter } from '../router';
import { forgetLists } from '../routes/messages/listStore';
import { untickAll } from '../routes/messages/selection';
import { keepDraft } from '../routes/send/draftStore';
import { emptyDraft } from '../model/draft';
import { makeQueryClient } from '../services/queryClient';
import { emptyWorld, fakeApi, type World } from './fakeApi';
import { server } from './server';

/** Draws the whole dashboard at an address, over an API that holds a world. */
export function draw(address: string, over: Partial<World> = {}) {
  const world = emptyWorld(over);
  server.use(...fakeApi(world));
  forgetLists();
  untickAll();
  keepDraft(emptyDraft);
  const router = makeRouter(createMemoryHistory({ initialEntries: [address] }));
  const client = makeQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  render(<App queryClient={client} router={router} />);
  return { world, router, client, user: userEvent.setup() };
}
