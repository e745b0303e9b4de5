import { availableParallelism } from 'node:os';
import type { Config } from './config.ts';
import type { MachineFacts } from './contract/machine.ts';
import type { Clock, Processes, Reporter, Runner, Verifier } from './ports.ts';
import type { Edge } from './services.ts';
import type { ObjectStore } from './storage/object-store.ts';

/** What local jobs are run with. */
interface LocalParts {
  readonly store: ObjectStore;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly reporter: Reporter;
}

/** Runs jobs as child processes on this machine. */
export async function localRunner(edge: Edge, config: Config, parts: LocalParts): Promise<Runner> {
  const { LocalRunner } = await import('./local/local-runner.ts');
  const { bucket } = parts.store;
  const { cogPrefix } = config;
  return new LocalRunner({
    ...parts,
    bucket,
    cogPrefix,
    workerFile: edge.workerFile,
    cpus: availableParallelism(),
    env: workerEnv(edge, config),
  });
}

function workerEnv({ env }: Edge, { region, profile, scratchDir }: Config): Edge['env'] {
  return {
    ...env,
    AWS_REGION: region,
    ...(profile === null ? {} : { AWS_PROFILE: profile }),
    ...(scratchDir === null ? {} : { SCRATCH_DIR: scratchDir }),
  };
}

/** What workers find on this machine. @throws CogconvError when none can be started */
export async function localMachine(edge: Edge, config: Config, clock: Clock): Promise<MachineFacts> {
  const { probeMachine } = await import('./local/probe-machine.ts');
  const { workerFile, stop, kill } = edge;
  return await probeMachine({ workerFile, env: workerEnv(edge, config) }, { clock, stop, kill });
}

/** One worker with all that the local workers of a run have together. */
export async function localVerifier(
  edge: Edge,
  config: Config,
  bucket: string,
  clock: Clock,
): Promise<Verifier> {
  const { LocalVerifier } = await import('./local/local-verifier.ts');
  const vcpus = availableParallelism();
  const memoryMiB = config.jobMemory * Math.max(1, Math.floor(vcpus / config.jobVcpus));
  const program = { workerFile: edge.workerFile, env: workerEnv(edge, config) };
  return new LocalVerifier({ bucket, program, clock, vcpus, memoryMiB });
}
