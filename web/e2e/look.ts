import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Looks at a page as it stands: a picture in the folder that SCREENSHOTS names, then axe, width, and what it complained about. */
export async function look(page: Page, name: string, complaints: string[]): Promise<void> {
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  // What moves in comes to rest, so that axe sees the colors that people see.
  await page.waitForTimeout(500);
  await picture(page, name);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  const viewport = page.viewportSize();
  if (!folder || !viewport) {
    return;
  }
  // As high as the page: what stays in view would stand in the middle of a longer picture.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...viewport, height: Math.min(height, 1800) });
  await page.waitForTimeout(100);
  await page.screenshot({ path: `${folder}/${name}.png` });
  await page.setViewportSize(viewport);
}
