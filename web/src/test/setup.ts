import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { forgetAnswers } from '../api/etag';
import { setSessionLost } from '../api/session';
import { server } from './server';

// A page's code is loaded when it is first needed, which on a busy machine takes longer than the library's one second.
configure({ asyncUtilTimeout: 10_000 });

// What jsdom lacks and Mantine asks for.
if (typeof window !== 'undefined') {
  window.matchMedia = (query) =>
    ({
      // Only the query that asks for nothing matches: a wide screen.
      matches: query === '',
      media: query,
      onchange: null,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      dispatchEvent: () => false,
    }) as unknown as MediaQueryList;
  window.ResizeObserver = class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  };
  Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true });
  const overlays = document.createElement('div');
  overlays.id = 'overlays';
  document.body.append(overlays);
  window.scrollTo = () => undefined;
  Element.prototype.scrollIntoView = () => undefined;
}

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  modals.closeAll();
  notifications.clean();
  cleanup();
  server.resetHandlers();
  forgetAnswers();
  setSessionLost(false);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
afterAll(() => server.close());
