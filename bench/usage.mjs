// Preloaded (`node --import`) into the program that is measured: at its end it writes what it used to file descriptor 3.
import { readFileSync, writeSync } from 'node:fs';

/** Linux counts the parent's memory at the moment of the fork into maxRSS; VmHWM is the program's own. */
function peakKiB() {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

process.on('exit', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpuMicros: userCPUTime + systemCPUTime, peakKiB: peakKiB() }));
});
