import type { EngineEvent } from './event-stream.ts';

type LayerEvent = Extract<EngineEvent, { kind: 'layer' }>;

/** Statuses after which a layer is at rest. */
const DONE = /^(?:Pushed|Layer already exists|Mounted from .*|Pull complete|Already exists)$/;

/** Collects layer events into one line: `pushing: 3 of 9 layers done, 5f70bf18a086 40 %`. */
export function progressOf(doing: 'pulling' | 'pushing'): (event: LayerEvent) => readonly string[] {
  const layers = new Map<string, LayerEvent>();
  return (event) => {
    layers.set(event.id, event);
    const done = [...layers.values()].filter(({ status }) => DONE.test(status)).length;
    const moving = event.percent === null ? '' : `, ${event.id} ${String(event.percent)} %`;
    return [`${doing}: ${String(done)} of ${String(layers.size)} layers done${moving}`];
  };
}
