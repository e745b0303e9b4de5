import { OUTCOMES, startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import type { Exchange } from '../iam/aws-exchange.ts';
import { startRecorder, type Recorder } from '../iam/recorder.ts';
import type { Ended, Lab } from './lab/lab.ts';

const OBSERVERS = ['status', 'jobs', 'failures', 'cancel'];

/** The lab's bucket with the Batch stub, for what the emulator's Batch does not do: jobs that wait, and answers that are lost. */
class Corner {
  readonly stub: BatchStub;
  readonly recorder: Recorder;
  readonly #lab: Lab;
  constructor(lab: Lab, stub: BatchStub, recorder: Recorder) {
    this.#lab = lab;
    this.stub = stub;
    this.recorder = recorder;
  }

  cogconv(args: readonly string[], onStart?: (pid: number) => void): Promise<Ended> {
    const env = { OVERWRITE: 'true', AWS_ENDPOINT_URL_BATCH: this.recorder.endpoint };
    return this.#lab.cogconv(args, env, onStart);
  }

  /** A `convert` that dies when its job is submitted, before it can write down the id. */
  async convertAndDie(): Promise<void> {
    let victim = 0;
    this.recorder.onAnswer(isSubmit, () => {
      process.kill(victim, 'SIGKILL');
    });
    await this.cogconv(['convert'], (pid) => (victim = pid));
  }

  /** The jobs find machines and end. */
  letEnd(): void {
    this.stub.onAttempt(() => OUTCOMES.good);
    this.stub.settle();
    this.stub.onAttempt(() => OUTCOMES.stuckSilently);
  }
}

const isSubmit = ({ path }: Exchange): boolean => path === '/v1/submitjob';
const isClaim = ({ service, method, path }: Exchange): boolean =>
  service === 's3' && method === 'PUT' && path.includes('/manifests/runs/');

/** Makes commands do what they seldom do; every call of theirs is in the answer. */
export async function provokeRareCalls(lab: Lab): Promise<readonly Exchange[]> {
  const stub = await startBatchStub();
  furnish(stub.state);
  stub.onAttempt(() => OUTCOMES.stuckSilently);
  const recorder = await startRecorder(stub.endpoint);
  const corner = new Corner(lab, stub, recorder);
  for (const observer of OBSERVERS) await observeLost(corner, observer);
  await claimAtOnce(corner, lab.recorder);
  await endWhileSubmitting(corner);
  await recorder.stop();
  await stub.close();
  return recorder.exchanges;
}

/** Looks at jobs whose ids nobody wrote down and that wait for long, then at their end. */
async function observeLost(corner: Corner, observer: string): Promise<void> {
  const args = observer === 'cancel' ? ['cancel', '--yes'] : [observer];
  await corner.convertAndDie();
  corner.stub.advance(60_000);
  await corner.cogconv(args);
  // another one leaves the files alone
  await corner.cogconv(['convert']);
  corner.letEnd();
  await corner.cogconv(args);
}

/** Another `convert` is faster by a moment: the manifests of the slower one go. */
async function claimAtOnce(corner: Corner, bucket: Recorder): Promise<void> {
  bucket.onCall(isClaim, async () => {
    await corner.cogconv(['convert']);
  });
  await corner.cogconv(['convert']);
  corner.letEnd();
}

/** Somebody sees the run's end before its submitter has written down the job: it is taken back. */
async function endWhileSubmitting(corner: Corner): Promise<void> {
  corner.recorder.onAnswer(isSubmit, async () => {
    corner.letEnd();
    await corner.cogconv(['jobs']);
  });
  await corner.cogconv(['convert']);
}
