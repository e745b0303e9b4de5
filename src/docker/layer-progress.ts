import type { Progress } from '../ports.ts';
import type { EngineEvent } from './event-stream.ts';

type LayerEvent = Extract<EngineEvent, { kind: 'layer' }>;

/** Statuses after which a layer is at rest. */
const DONE = /^(?:Pushed|Layer already exists|Mounted from .*|Pull complete|Already exists)$/;

/** Collects layer events into a count: 3 of 9 layers pushed. */
export function progressOf(what: 'pulling layers' | 'pushing layers'): (event: LayerEvent) => Progress {
  const layers = new Map<string, boolean>();
  return ({ id, status }) => {
    layers.set(id, DONE.test(status));
    const done = [...layers.values()].filter(Boolean).length;
    return { kind: 'count', what, done, total: layers.size };
  };
}
