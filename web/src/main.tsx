import '@fontsource-variable/inter';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { makeRouter } from './router';
import { makeQueryClient } from './services/queryClient';

const root = document.getElementById('root');
if (!root) {
  throw new Error('index.html has no element "root"');
}
const queryClient = makeQueryClient();
createRoot(root).render(
  <StrictMode>
    <App queryClient={queryClient} router={makeRouter()} />
  </StrictMode>,
);
