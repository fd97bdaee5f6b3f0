import { useSyncExternalStore } from 'react';
import type { Summary } from '../../services/types';

// What is ticked is held by id and outlives filters, pages and polls: a replay acts on what was ticked, also where a row
// has left the list since.

type Ticked = ReadonlyMap<string, Summary>;

let ticked: Ticked = new Map();
const listeners = new Set<() => void>();

function set(next: Ticked): void {
  ticked = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The ticked messages, each as it was when it was ticked. */
export const useTicked = (): Ticked => useSyncExternalStore(subscribe, () => ticked);

/** Ticks messages, or takes their ticks away. */
export function tick(messages: readonly Summary[], on: boolean): void {
  const next = new Map(ticked);
  messages.forEach((message) => (on ? next.set(message.id, message) : next.delete(message.id)));
  set(next);
}

/** Takes all ticks away. */
export const untickAll = (): void => set(new Map());
