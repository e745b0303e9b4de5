"""Makes the rasters of the worker's benchmark out of real ones: mosaics of their own pixels, so that they compress as those do.

Usage: make-rasters.py REAL-FOLDER, with [{path, kind, bytes, options}...] on stdin
"""

import json
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
REAL = sys.argv[1]

# Kind -> source, bands, numpy type. Landsat bytes as they are and spread over 16 bits, heights, classes with colours.
KINDS = {
    'rgb': ('L7_ETMs.tif', [1, 2, 3], np.uint8),
    'landsat': ('L7_ETMs.tif', [1, 2, 3, 4, 5, 6], np.uint8),
    'reflectance': ('L7_ETMs.tif', [4, 3], np.uint16),
    'dem': ('olinda_dem_utm25s.tif', [1], np.float32),
    'heights': ('olinda_dem_utm25s.tif', [1], np.int16),
    'classes': ('lc.tif', [1], np.uint8),
}
TYPES = {np.uint8: gdal.GDT_Byte, np.uint16: gdal.GDT_UInt16, np.int16: gdal.GDT_Int16, np.float32: gdal.GDT_Float32}
ROWS_AT_ONCE = 512


def pixels_of(source, band, kind):
    pixels = source.GetRasterBand(band).ReadAsArray()
    # as surface reflectance is stored: scaled by 10,000
    return (pixels.astype(np.uint32) * 37 + 180).astype(np.uint16) if kind == 'reflectance' else pixels


def make(path, kind, size, options):
    file, bands, dtype = KINDS[kind]
    source = gdal.Open(f'{REAL}/{file}')
    side = int((size / (len(bands) * np.dtype(dtype).itemsize)) ** 0.5)
    out = gdal.GetDriverByName('GTiff').Create(path, side, side, len(bands), TYPES[dtype], options)
    out.SetSpatialRef(source.GetSpatialRef())
    out.SetGeoTransform(source.GetGeoTransform())
    if source.GetRasterBand(1).GetColorTable() is not None:
        out.GetRasterBand(1).SetColorTable(source.GetRasterBand(1).GetColorTable())
    tiles = [pixels_of(source, band, kind).astype(dtype) for band in bands]
    height, width = tiles[0].shape
    columns = np.arange(side) % width
    for top in range(0, side, ROWS_AT_ONCE):
        rows = np.arange(top, min(top + ROWS_AT_ONCE, side)) % height
        for at, tile in enumerate(tiles):
            out.GetRasterBand(at + 1).WriteArray(tile[np.ix_(rows, columns)], 0, top)


for one in json.load(sys.stdin):
    make(one['path'], one['kind'], one['bytes'], one['options'])
