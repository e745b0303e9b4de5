/** `npm run bench -- NAME [--small] [ARGUMENT...]`: each prints what it measured; exit 1 when a bar is missed. */
interface Bench {
  run(options: { readonly small: boolean; readonly args: readonly string[] }): void | Promise<void>;
}

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  codecs: () => import('./codecs.ts'),
  plan: () => import('./plan.ts'),
  scale: () => import('./scale.ts'),
  worker: () => import('./worker.ts'),
};

const [name = '', ...rest] = process.argv.slice(2);
const load = BENCHES[name];
if (load === undefined) {
  process.stderr.write(`which bench? npm run bench -- ${Object.keys(BENCHES).join('|')} [--small]\n`);
  process.exitCode = 2;
} else {
  const bench = await load();
  await bench.run({
    small: rest.includes('--small'),
    args: rest.filter((argument) => argument !== '--small'),
  });
}
