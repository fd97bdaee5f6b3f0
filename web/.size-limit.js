import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// What the browser loads for the first page is what index.html names, and the page itself.
const index = readFileSync(join(import.meta.dirname, 'dist/index.html'), 'utf8');
const scripts = [...index.matchAll(/(?:src|href)="\/((?:assets\/)?[\w.-]+\.js)"/g)].map(([, file]) => `dist/${file}`);

export default [
  { name: 'first page: scripts', path: [...scripts, 'dist/assets/OverviewPage-*.js'], limit: '300 kB', gzip: true },
  { name: 'first page: styles', path: 'dist/assets/index-*.css', limit: '45 kB', gzip: true },
  {
    name: 'charts and graph, loaded when needed',
    path: ['dist/assets/Charts-*.js', 'dist/assets/WorkflowGraph-*.js'],
    limit: '230 kB',
    gzip: true,
  },
];
