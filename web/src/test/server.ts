import { setupServer } from 'msw/node';

/** The API of the unit tests: it has no routes until a test gives it some, and refuses what nobody foresaw. */
export const server = setupServer();
