import type { Style } from '../../src/terminal/style.ts';

/** Shows in plain text what a terminal would colour: `<red>FAILED</red>`. */
export const MARKED: Style = {
  bold: (text) => `<bold>${text}</bold>`,
  dim: (text) => `<dim>${text}</dim>`,
  red: (text) => `<red>${text}</red>`,
  green: (text) => `<green>${text}</green>`,
  yellow: (text) => `<yellow>${text}</yellow>`,
};
