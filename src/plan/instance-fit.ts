/** An instance type as far as a job must fit it. */
export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/** What a job asks for. */
export interface JobSize {
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/**
 * Memory that an instance has for jobs: kernel and ECS agent keep some (8,192 MiB register as 7,985 or less), so a job of
 * 4,096 MiB never fits a 4-GiB instance.
 * @see https://docs.aws.amazon.com/batch/latest/userguide/memory-management.html
 */
export function usableMemoryMiB(type: InstanceType): number {
  return Math.floor(type.memoryMiB - Math.max(400, type.memoryMiB * 0.04));
}

/** The smallest type that holds the job; null: none does. */
export function smallestFit(types: readonly InstanceType[], job: JobSize): InstanceType | null {
  const fitting = types.filter((type) => type.vcpus >= job.vcpus && usableMemoryMiB(type) >= job.memoryMiB);
  return fitting.toSorted((a, b) => a.vcpus - b.vcpus || a.memoryMiB - b.memoryMiB)[0] ?? null;
}
