import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
} from '@tanstack/react-router';
import { PageFault } from './components/PageFault';
import { PageMissing } from './components/PageMissing';
import { PageSkeleton } from './components/PageSkeleton';
import { readSearch } from './model/filter';
import { periods } from './services/metrics';
import type { Channel, Period } from './services/types';
import { beginAnew } from './routes/messages/listStore';
import { Shell } from './routes/shell/Shell';

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: PageMissing });

const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell });

/** The other tab in which somebody signed in while this one kept a half-written page. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/signed-in',
  component: lazyRouteComponent(() => import('./routes/shell/SignedIn'), 'SignedIn'),
});

const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: (raw: Record<string, unknown>): { period?: Period } => ({
    period: periods.find((period) => period === raw.period),
  }),
  component: lazyRouteComponent(() => import('./routes/overview/OverviewPage'), 'OverviewPage'),
});

const messagesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/messages',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('./routes/messages/MessagesPage'), 'MessagesPage'),
});

const messageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/messages/$id',
  component: lazyRouteComponent(() => import('./routes/message/MessagePage'), 'MessagePage'),
});

const sendRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/send',
  validateSearch: (raw: Record<string, unknown>): { from?: string } => ({
    from: typeof raw.from === 'string' ? raw.from : undefined,
  }),
  component: lazyRouteComponent(() => import('./routes/send/SendPage'), 'SendPage'),
});

const schedulesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/schedules',
  component: lazyRouteComponent(() => import('./routes/schedules/SchedulesPage'), 'SchedulesPage'),
});

const circuitRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/circuit',
  validateSearch: (raw: Record<string, unknown>): { channel?: Channel } => ({
    channel: raw.channel === 'webhook' ? raw.channel : undefined,
  }),
  component: lazyRouteComponent(() => import('./routes/circuit/CircuitPage'), 'CircuitPage'),
});

const deadLettersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/dlq',
  component: lazyRouteComponent(() => import('./routes/deadLetters/DeadLettersPage'), 'DeadLettersPage'),
});

const routeTree = rootRoute.addChildren([
  signedInRoute,
  shellRoute.addChildren([
    overviewRoute,
    messagesRoute,
    messageRoute,
    sendRoute,
    schedulesRoute,
    circuitRoute,
    deadLettersRoute,
  ]),
]);

/** The dashboard's addresses and what stands at them. */
export function makeRouter(history?: RouterHistory) {
  const router = createRouter({
    routeTree,
    history,
    defaultPreload: 'intent',
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: PageFault,
    scrollRestoration: true,
  });
  router.history.subscribe(({ action }) => action.type === 'PUSH' && beginAnew());
  return router;
}

export type AppRouter = ReturnType<typeof makeRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}
