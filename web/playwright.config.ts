import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig } from '@playwright/test';

// The system's Chromium: nothing is downloaded to run these tests.
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath =
  process.env.CHROMIUM ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

const stack = process.env.REZAGENT_WEB_URL;

export default defineConfig({
  fullyParallel: true,
  workers: 1,
  forbidOnly: true,
  reporter: [['list']],
  timeout: 90_000,
  expect: { timeout: 20_000 },
  use: {
    launchOptions: { executablePath, args: ['--no-sandbox'] },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
  },
  projects: [
    // The built pages over an API that is played: every state of every page, at any moment.
    { name: 'pages', testDir: 'e2e/pages', use: { baseURL: 'http://127.0.0.1:4173' } },
    // The same dashboard over a running stack, which REZAGENT_WEB_URL names.
    ...(stack
      ? [
          {
            name: 'stack',
            testDir: 'e2e/stack',
            timeout: 120_000,
            use: { baseURL: stack },
          },
        ]
      : []),
    // And its pictures, of a stack that package backstage filled.
    ...(stack
      ? [
          {
            name: 'pictures',
            testDir: 'e2e/pictures',
            timeout: 240_000,
            expect: { timeout: 30_000 },
            use: { baseURL: stack },
          },
        ]
      : []),
  ],
  webServer: stack
    ? undefined
    : {
        command: 'npx vite preview --host 127.0.0.1 --port 4173 --strictPort',
        url: 'http://127.0.0.1:4173',
        reuseExistingServer: true,
      },
});
