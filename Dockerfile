# The worker's image: GDAL's own image, Node's binary and the bundled worker. `cogconv deploy` builds it; by hand:
#   npm run build && docker build --platform linux/amd64 -t cogconv .
ARG GDAL_IMAGE=ghcr.io/osgeo/gdal:ubuntu-small-3.9.3
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS node

FROM ${GDAL_IMAGE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
# A volume is filled from the image, owner included: it is what the worker may write when the root is read-only.
RUN install -d -o 10001 -g 10001 -m 0700 /scratch
# Batch has no setting for no-new-privileges: without set-uid programs there are none to gain.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +
VOLUME /scratch
COPY dist/worker.mjs dist/gdal_server.py /opt/cogconv/
# PROJ_LIB and PROJ_DATA stay unset: another release's proj.db would stand in for the image's own.
ENV SCRATCH_DIR=/scratch TMPDIR=/scratch
WORKDIR /scratch
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/node", "/opt/cogconv/worker.mjs"]
