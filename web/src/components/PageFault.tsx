import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorNotice } from './ErrorNotice';

/** Stands where a page broke. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  return <ErrorNotice error={error} retry={reset} />;
}
