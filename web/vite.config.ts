import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The same policy that CloudFront and the local stack send: `vite preview` sends it too, so that the page tests meet it.
const contentSecurityPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' https: data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export default defineConfig({
  plugins: [react()],
  build: {
    // A font as a data: address would be refused by the policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    sourcemap: true,
  },
  preview: { headers: { 'Content-Security-Policy': contentSecurityPolicy } },
  server: {
    // The workflow's graph is drawn from the committed state machine, which lies outside this folder.
    fs: { allow: ['..'] },
    // `make web/dev` names the running stack's front, so that the API is on the page's own origin here too.
    proxy: process.env.REZAGENT_URL ? { '/api': { target: process.env.REZAGENT_URL, changeOrigin: false } } : {},
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'model',
          include: ['src/model/*.test.ts', 'src/api/schema.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'pages',
          include: ['src/**/*.test.{ts,tsx}'],
          exclude: ['src/model/**', 'src/api/schema.test.ts'],
          environment: 'jsdom',
          setupFiles: ['src/test/setup.ts'],
          css: false,
          testTimeout: 30_000,
          // The libraries are loaded once for all files; what a test leaves behind, src/test/draw.tsx clears.
          isolate: false,
        },
      },
    ],
  },
});
