import type { Inventory, InventoryBuilder } from '../../src/plan/inventory.ts';

/** Compares in one go. */
export function finished(builder: InventoryBuilder): Inventory {
  const steps = builder.finish();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
