/** A guess weighs half as much after five others. */
const WEIGHT = 1 / 8;
/** A proof takes half of what a page read in vain does, and a round trip more. */
const GOOD_SHARE = 0.6;

/** How the guesses of a listing have gone lately: where most hit, to prove each is more requests than to read some pages in vain. */
export class GuessRecord {
  #share = 0;

  add(isHit: boolean): void {
    this.#share += ((isHit ? 1 : 0) - this.#share) * WEIGHT;
  }

  get isGood(): boolean {
    return this.#share > GOOD_SHARE;
  }
}
