"""The Python tool's way of listing, reporting and submitting, as a reference: boto3's paginator, one page after the other, every
key a dictionary; a manifest and a job one after the other.

Usage: python-tool.py list|status|convert, in the environment of a cogconv command. Prints {"files": ..., "cpuSeconds": ..., "peakKiB": ...}.
"""

import json
import os
import re
import resource
import sys
from datetime import datetime, timezone

import boto3

BUCKET, FOLDER = os.environ['S3_BUCKET'], os.environ['OUTPUT_DIR']
SOURCES, COGS = 'cartodb_exports/rasters/', 'cartodb_exports/cogs/'
FILES_PER_JOB = 50
SERVER = {'endpoint_url': os.environ['AWS_ENDPOINT_URL'], 'region_name': 'us-east-1'}

s3 = boto3.client('s3', **SERVER)


def rasters(prefix):
    found = []
    for page in s3.get_paginator('list_objects_v2').paginate(Bucket=BUCKET, Prefix=prefix):
        for one in page.get('Contents', []):
            if one['Key'].lower().endswith(('.tif', '.tiff')):
                modified = one['LastModified'].isoformat()
                found.append({'key': one['Key'], 'size': one['Size'], 'last_modified': modified})
    return found


def write(name, lines):
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, name), 'w') as file:
        file.writelines(f'{line}\n' for line in lines)


def cog_of(key):
    stem = re.sub(r'^(public_|cdb_importer_)', '', os.path.splitext(os.path.basename(key))[0])
    return f'{COGS}{stem}_cog.tif'


def list_sources():
    sources = rasters(SOURCES)
    write('raw_tiffs.txt', (f"{one['key']}\t{one['size']}" for one in sources))
    return sources


def pending():
    sources = list_sources()
    cogs = {one['key'] for one in rasters(COGS)}
    write('existing_cogs.txt', sorted(cogs))
    left = [one for one in sources if cog_of(one['key']) not in cogs]
    write('pending_conversions.txt', (f"{one['key']}\t{one['size']}" for one in left))
    return left


def convert():
    batch = boto3.client('batch', **SERVER)
    left = pending()
    run = f'cog-converter-{datetime.now(timezone.utc):%Y%m%d%H%M%S}'
    submitted = []
    for number, start in enumerate(range(0, len(left), FILES_PER_JOB), 1):
        keys = [one['key'] for one in left[start : start + FILES_PER_JOB]]
        manifest = f'{COGS}manifests/{run}-{number}.json'
        s3.put_object(Bucket=BUCKET, Key=manifest, Body=json.dumps({'files': keys}), ContentType='application/json')
        job = batch.submit_job(
            jobName=f'{run}-{number}',
            jobQueue='cog-converter-queue',
            jobDefinition='cog-converter-job',
            containerOverrides={'environment': [{'name': 'MANIFEST_KEY', 'value': manifest}]},
        )
        submitted.append({'jobId': job['jobId'], 'jobName': job['jobName'], 'files': len(keys)})
    write('submitted_jobs.json', [json.dumps(submitted)])
    return left


files = {'list': list_sources, 'status': pending, 'convert': convert}[sys.argv[1]]()
used = resource.getrusage(resource.RUSAGE_SELF)
seconds = used.ru_utime + used.ru_stime
print(json.dumps({'files': len(files), 'cpuSeconds': seconds, 'peakKiB': used.ru_maxrss}))
