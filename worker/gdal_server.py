"""Makes COGs, each in a process forked off this one, which has GDAL loaded already.

Starting gdal_translate takes a quarter of the CPU time of a small raster, mostly for linking a hundred libraries. A forked process has
them, and is as much alone as a started one: a crash, a leak or a kill costs one raster.

Reads lines of JSON: {"id": 1, "source": ..., "output": ..., "options": [...], "env": {...}, "cwd": ...} or {"kill": 1}.
Writes a line {"gdal": "3.9.3"}, then one for each process that has ended:
{"id": 1, "code": 0, "signal": null, "stderr": ...}; neither code nor signal where none could be begun. Ends with its input, and all its processes with it.
"""

import ctypes
import json
import os
import selectors
import signal
import sys

from osgeo import gdal, osr

STDERR_LIMIT = 16 * 1024
MIB = 1024 * 1024
READ_BYTES = 64 * 1024
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None)


class Server:
    """Processes under way, by the pipe that is their stderr; it ends when they do."""

    def __init__(self):
        self.selector = selectors.PollSelector()
        self.processes = {}
        self.unfinished = b""

    def run(self):
        self.selector.register(0, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                chunk = os.read(key.fd, READ_BYTES)
                if key.fd == 0:
                    if not chunk:
                        return self.kill(self.processes)
                    self.take(chunk)
                else:
                    self.hear(key.fd, chunk)

    def take(self, chunk):
        *lines, self.unfinished = (self.unfinished + chunk).split(b"\n")
        for request in map(json.loads, lines):
            if "kill" in request:
                self.kill([fd for fd, (number, *_) in self.processes.items() if number == request["kill"]])
            else:
                self.start(request)

    def start(self, request):
        try:
            read_end, write_end = os.pipe()
            server = os.getpid()
            pid = fork(read_end, write_end)
        except OSError as error:  # no more processes or files for now: the other conversions go on
            return tell({"id": request["id"], "code": None, "signal": None, "stderr": str(error)})
        if pid == 0:
            become_gdal(server, write_end, request)
        os.close(write_end)
        self.processes[read_end] = (request["id"], pid, bytearray())
        self.selector.register(read_end, selectors.EVENT_READ)

    def hear(self, fd, chunk):
        number, pid, stderr = self.processes[fd]
        stderr += chunk
        del stderr[:-STDERR_LIMIT]
        if chunk:
            return
        self.selector.unregister(fd)
        os.close(fd)
        del self.processes[fd]
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        ended = {"code": code, "signal": None} if code >= 0 else {"code": None, "signal": signal.Signals(-code).name}
        tell({"id": number, **ended, "stderr": stderr.decode("utf-8", "replace")})

    def kill(self, fds):
        for fd in fds:
            os.kill(self.processes[fd][1], signal.SIGKILL)


def fork(read_end, write_end):
    try:
        return os.fork()
    except OSError:
        os.close(read_end)
        os.close(write_end)
        raise


def become_gdal(server, stderr, request):
    """In the new process: converts, and never returns."""
    code = 1
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(code)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.dup2(stderr, 2)
        # Python ignores these
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        offer_to_oom_killer()
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        # the warm-up has read GDAL_CACHEMAX already
        gdal.SetCacheMax(int(request["env"]["GDAL_CACHEMAX"]) * MIB)
        code = translate(request)
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must not go on as a second server
        os.write(2, f"ERROR 1: {error!r}\n".encode())
    finally:
        os._exit(code)


def offer_to_oom_killer():
    """A lack of memory is to end the conversion, which costs one file, rather than the worker."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass


def translate(request):
    """What gdal_translate does with these options. Returns its exit code."""
    source = gdal.OpenEx(request["source"], gdal.OF_RASTER | gdal.OF_VERBOSE_ERROR, allowed_drivers=["GTiff"])
    if source is None:
        return 1
    options = gdal.TranslateOptions(options=["-of", "COG", *request["options"]])
    return 1 if gdal.Translate(request["output"], source, options=options) is None else 0


def warm_up():
    """A conversion in memory: what it loads and binds, no process has to do again. GDAL drops PROJ's database handle in a fork."""
    wkt = osr.SpatialReference()
    wkt.ImportFromEPSG(32633)
    raster = gdal.GetDriverByName("MEM").Create("", 600, 600)
    raster.SetProjection(wkt.ExportToWkt())
    raster.SetGeoTransform([500000, 10, 0, 0, 0, -10])
    options = ["-of", "COG", "-co", "COMPRESS=LZW", "-co", "PREDICTOR=YES", "-co", "NUM_THREADS=1"]
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/source.tif", raster)
    gdal.Translate("/vsimem/cog.tif", "/vsimem/source.tif", options=gdal.TranslateOptions(options=options))
    gdal.Unlink("/vsimem/source.tif")
    gdal.Unlink("/vsimem/cog.tif")


def tell(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    gdal.DontUseExceptions()
    warm_up()
    tell({"gdal": gdal.VersionInfo("RELEASE_NAME")})
    Server().run()
