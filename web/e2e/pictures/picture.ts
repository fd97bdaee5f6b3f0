import { expect, type Page } from '@playwright/test';
import { setting } from '../stack/setting';

const screens = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/** Takes a page's four pictures: light and dark, wide and on a phone, as high as the page but not higher than asked. */
export const picture = (page: Page, name: string, most = 1_500) =>
  pictures(page, name, screens, ['light', 'dark'], most);

/** Takes the one picture of something that happens on a page whose four pictures there are. */
export const scene = (page: Page, name: string, most = 1_200) =>
  pictures(page, name, { wide: screens.wide }, ['light'], most);

async function pictures(
  page: Page,
  name: string,
  screens: Record<string, { width: number; height: number }>,
  schemes: readonly ('light' | 'dark')[],
  most: number,
): Promise<void> {
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  for (const [screen, viewport] of Object.entries(screens)) {
    await page.setViewportSize(viewport);
    await settled(page);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ ...viewport, height: Math.min(Math.max(height, viewport.height), most) });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await page.screenshot({ path: `${setting('SCREENSHOTS')}/${name}-${colorScheme}-${screen}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

// Charts and graph take their new size in a few frames; what looks the same twice has come to rest.
async function settled(page: Page): Promise<void> {
  let before = '';
  await expect
    .poll(
      async () => {
        const now = await page.evaluate(
          () => `${document.body.innerHTML.length} ${document.documentElement.scrollHeight}`,
        );
        const rests = now === before;
        before = now;
        return rests;
      },
      { intervals: [150] },
    )
    .toBe(true);
}
