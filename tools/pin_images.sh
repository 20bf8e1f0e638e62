#!/bin/sh
# Write the digests that the base images have today into Dockerfile and docker-compose.yml.
# Needs a network and `docker buildx`, or `skopeo`. Nothing is written unless both digests were given.
set -eu

digest_of() {
    if command -v docker >/dev/null 2>&1; then
        docker buildx imagetools inspect "$1" --format '{{.Manifest.Digest}}'
    elif command -v skopeo >/dev/null 2>&1; then
        skopeo inspect --no-tags --format '{{.Digest}}' "docker://docker.io/library/$1"
    else
        echo "pin-images: neither docker nor skopeo was found" >&2
        exit 2
    fi
}

check() {
    printf '%s\n' "$2" | grep -Eqx 'sha256:[0-9a-f]{64}' || { echo "pin-images: no digest for $1: $2" >&2; exit 1; }
}

python=$(sed -n 's/^ARG PYTHON_IMAGE=\([^@]*\).*/\1/p' Dockerfile)
postgres=$(sed -n 's/^    image: \(postgres:[^@]*\).*/\1/p' docker-compose.yml)
python_digest=$(digest_of "$python"); check "$python" "$python_digest"
postgres_digest=$(digest_of "$postgres"); check "$postgres" "$postgres_digest"
sed -i.old "s|^ARG PYTHON_IMAGE=.*|ARG PYTHON_IMAGE=$python@$python_digest|" Dockerfile
sed -i.old "s|^    image: postgres:.*|    image: $postgres@$postgres_digest|" docker-compose.yml
rm -f Dockerfile.old docker-compose.yml.old
echo "$python@$python_digest"
echo "$postgres@$postgres_digest"
