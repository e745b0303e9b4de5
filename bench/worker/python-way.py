"""The Python tool's way of converting, as a reference: one raster after the other is fetched, looked at, converted with
all cores, looked at again and uploaded.

Usage: python-way.py BUCKET SCRATCH, with [{source, target, options}...] on stdin; a BUCKET with a / is a directory
"""

import json
import os
import shutil
import subprocess
import sys

BUCKET, SCRATCH = sys.argv[1:]


class Directory:
    def fetch(self, key, path):
        shutil.copyfile(f'{BUCKET}/{key}', path)

    def store(self, path, key):
        os.makedirs(os.path.dirname(f'{BUCKET}/{key}'), exist_ok=True)
        shutil.copyfile(path, f'{BUCKET}/{key}')

    def exists(self, key):
        return os.path.exists(f'{BUCKET}/{key}')


class S3:
    def __init__(self):
        import boto3

        self.client = boto3.client('s3')

    def fetch(self, key, path):
        self.client.download_file(BUCKET, key, path)

    def store(self, path, key):
        self.client.upload_file(path, BUCKET, key, ExtraArgs={'ContentType': 'image/tiff'})

    def exists(self, key):
        try:
            self.client.head_object(Bucket=BUCKET, Key=key)
            return True
        except self.client.exceptions.ClientError:
            return False


def crs_of(path):
    info = subprocess.run(['gdalinfo', '-json', path], check=True, capture_output=True).stdout
    return json.loads(info)['coordinateSystem']['wkt']


def convert(store, source, target, options):
    if store.exists(target):
        raise SystemExit(f'{target} is there already')
    raw, cog = f'{SCRATCH}/raw.tif', f'{SCRATCH}/cog.tif'
    store.fetch(source, raw)
    before = crs_of(raw)
    subprocess.run(['gdal_translate', '-of', 'COG', *options, raw, cog], check=True, capture_output=True)
    if crs_of(cog) != before:
        print(f'{source}: the CRS changed', file=sys.stderr)
    store.store(cog, target)
    os.remove(raw)
    os.remove(cog)


def main():
    store = Directory() if '/' in BUCKET else S3()
    for one in json.load(sys.stdin):
        convert(store, one['source'], one['target'], one['options'])


main()
