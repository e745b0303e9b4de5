import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap near what is in use, for commands that read much and keep little: V8 otherwise lets garbage grow to several times
 * that. Costs a third more time where much is read. Both flags only tell the next collection how far the heap may
 * grow, so that they may be set at any time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}

/**
 * Has V8 compile what has run twice as long as it otherwise would, for a command that is over in seconds: a sixth less CPU where a
 * million keys are listed, in the same time. Only the next decisions to compile heed it, so that it may be set at any time.
 */
export function compileLate(): void {
  setFlagsFromString('--interrupt-budget=264000');
}
