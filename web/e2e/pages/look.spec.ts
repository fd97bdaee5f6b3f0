import { at } from '../../src/test/factories/message';
import { circuit } from '../../src/test/factories/operations';
import { look } from '../look';
import { expect, test } from './played';

// Every page, light and dark, wide and on a phone: nothing for axe to find, nothing wider than the screen, nothing that
// the policy refuses.

const pages = [
  { name: 'overview', path: '/', ready: 'Time to delivery' },
  { name: 'messages', path: '/messages', ready: '40 messages shown' },
  { name: 'message', path: '', ready: 'Deferred' },
  { name: 'send', path: '/send', ready: 'Preview' },
  { name: 'schedules', path: '/schedules', ready: 'Sign of life' },
  { name: 'circuit', path: '/circuit', ready: 'Failures in the window' },
  { name: 'dlq', path: '/dlq', ready: 'In the queue' },
];

// The stories look at every page in both schemes and widths, on real data (e2e/stack/everyPage.spec.ts).
const looks = [
  { colorScheme: 'light', screen: 'phone', viewport: { width: 390, height: 844 } },
  { colorScheme: 'dark', screen: 'wide', viewport: { width: 1280, height: 860 } },
] as const;

for (const { colorScheme, screen, viewport } of looks) {
  test.describe(`${colorScheme}, ${screen}`, () => {
    test.use({ colorScheme, viewport, contextOptions: { reducedMotion: 'reduce' } });
    for (const { name, path, ready } of pages) {
      test(name, async ({ page, world, complaints }) => {
        if (colorScheme === 'dark') {
          world.circuit = circuit({
            state: 'open',
            cause: 'unavailable',
            opened_at: at(-95),
            retry_at: at(22),
            trips: 1,
          });
        }
        await page.goto(path || `/messages/${world.messages[1]?.id}`);
        await expect(page.getByText(ready).first()).toBeVisible();
        await look(page, `${name}-${colorScheme}-${screen}`, complaints);
      });
    }
  });
}
