import { simulatePacking, type PackScenario } from './pack.ts';
import { medians, type Figure, type Scale, type ScaleRow } from './scale-row.ts';

const BAR = 1.05;
const DEFAULTS = { maxVcpus: 16, jobVcpus: 2, filesPerJob: 50 };
const SCENARIOS: readonly PackScenario[] = [null, 2].flatMap((meanLifeHours) => [
  { ...DEFAULTS, files: 2_321, meanLifeHours },
  { ...DEFAULTS, files: 20_000, meanLifeHours },
  { ...DEFAULTS, files: 20_000, maxVcpus: 128, meanLifeHours },
  { ...DEFAULTS, files: 100_000, maxVcpus: 256, meanLifeHours },
]);

/** When the last job of a simulated fleet ends: heavy-tailed sizes, boots, lost instances. */
export const MAKESPAN_ROWS: readonly ScaleRow[] = [
  {
    name: 'makespan',
    what: 'makespan / lower bound',
    run: async (scale: Scale): Promise<readonly Figure[]> => {
      const figures: Figure[] = [];
      for (const scenario of scale.small ? SCENARIOS.slice(0, 1) : SCENARIOS) {
        figures.push(...(await measured(scale, scenario)));
      }
      return figures;
    },
  },
];

async function measured(scale: Scale, scenario: PackScenario): Promise<readonly Figure[]> {
  let seed = 0;
  const { cogconv, equalJobs, keyOrder } = await medians(scale, () => {
    seed += 1;
    return Promise.resolve({ ...simulatePacking(scenario, seed) });
  });
  const { files, maxVcpus, jobVcpus, meanLifeHours } = scenario;
  const loss = meanLifeHours === null ? 'none lost' : `each lost after ${String(meanLifeHours)} h or so`;
  const fleet = `${files.toLocaleString('en')} files, ${String(maxVcpus / jobVcpus)} jobs at once, ${loss}`;
  return [
    { what: fleet, value: cogconv, unit: 'x', most: BAR },
    { what: `${fleet}: equal jobs`, value: equalJobs, unit: 'x' },
    { what: `${fleet}: chunks in key order, as the Python tool`, value: keyOrder, unit: 'x' },
  ];
}
