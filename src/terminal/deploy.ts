import type { Deployment, DeployReport, DeployStep } from '../commands/deploy.ts';
import { printable } from './layout.ts';
import type { Style } from './style.ts';

const BUILD: Readonly<Record<DeployStep, string>> = {
  done: 'built and pushed',
  planned: 'would be built and pushed',
  present: 'already in ECR',
};
const REGISTRATION: Readonly<Record<DeployStep, string>> = {
  done: 'registered',
  planned: 'would be registered',
  present: 'unchanged',
};

/** What was deployed, and what to do next. */
export function renderDeploy(report: DeployReport, style: Style): string[] {
  if (!report.needed) {
    return [`Nothing to deploy: ${report.directory} is a directory, and jobs run on this machine`];
  }
  const { image, build, definition, revision, registration } = report;
  const name = revision === null ? definition : `${definition}:${String(revision)}`;
  return [
    `Image:           ${printable(image)}  ${style.dim(build === null ? 'as given' : BUILD[build])}`,
    `Job definition:  ${name}  ${style.dim(REGISTRATION[registration])}`,
    verdict(report, style),
  ];
}

function verdict({ dryRun, build, registration }: Deployment, style: Style): string {
  if (registration === 'present' && build !== 'done') return style.green('Already deployed: nothing to do');
  if (dryRun) return style.yellow('Dry run: nothing was built, pushed or registered');
  return `${style.green('Deployed')}. Next: cogconv convert`;
}
