"""Serves the files below a folder as two S3 buckets until its standard input ends: "ocean", which wants a key, and "public",
which all may read; says where on the first line.

    bucket.py FOLDER
"""

import logging
import sys
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
folder = Path(sys.argv[1])
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
client = boto3.client("s3", endpoint_url=address, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1")
for bucket, rights in [("ocean", "private"), ("public", "public-read")]:
    client.create_bucket(Bucket=bucket, ACL=rights)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client.upload_file(str(path), bucket, path.relative_to(folder).as_posix(), ExtraArgs={"ACL": rights})
print(address, flush=True)
sys.stdin.read()
server.stop()
