"""The worked examples of docs/formats.md, computed with Python's cryptography package from what the
document says, and not from the library. test_worked_examples.py holds the document to them; the C tests
hold the library to the same bytes."""
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def run_of(first, length):
    return bytes(range(first, first + length))


STORE_ID = "00112233445566778899aabbccddeeff"
KEK = run_of(0x00, 32)
DEK = run_of(0x20, 32)
VALUE_IV = run_of(0x40, 12)
DEK_IV = run_of(0x50, 12)
EPOCH_KEY = run_of(0x60, 32)
EPOCH_IV = run_of(0x80, 12)
ATTEMPT = run_of(0x90, 16)
NAMESPACE, NAME = "acme:production", "DB_URL"
CREATED_AT, UPDATED_AT = 1770000000000, 1770000000001
METADATA = '{"owner":"a"}'
ZEROS = bytes(32)


def array(*items, verbatim=None):
    """A canonical text. Bytes become hexadecimal text; verbatim is JSON text that stands last as it is."""
    written = [
        json.dumps(item.hex() if isinstance(item, bytes) else item, ensure_ascii=False, separators=(",", ":"))
        for item in items
    ]
    if verbatim is not None:
        written.append(verbatim)
    return ("[" + ",".join(written) + "]").encode()


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def sha256(data):
    return hashlib.sha256(data).digest()


def derive(epoch_key, purpose):
    info = f"secretstore {purpose} key 1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(epoch_key)


def term(state_key, text):
    encryptor = Cipher(algorithms.AES(mac(state_key, text)), modes.CTR(bytes(16))).encryptor()
    return int.from_bytes(encryptor.update(bytes(256)), "little")


def compute():
    """Every example by its name: text as str, bytes as bytes."""
    made = {}
    sealed = AESGCM(DEK).encrypt(VALUE_IV, b"s3cr3t", array("value", NAMESPACE, NAME))
    value_digest = sha256(VALUE_IV + sealed)
    aad = array("dek2", STORE_ID, NAMESPACE, NAME, 1, 42, 3, CREATED_AT, UPDATED_AT, None, value_digest,
                verbatim=METADATA)
    wrapped = AESGCM(KEK).encrypt(DEK_IV, DEK, aad)
    made.update({"sealed value": sealed, "value digest": value_digest, "DEK AAD": aad.decode(),
                 "wrapped DEK": wrapped, "key check": mac(KEK, b"secretstore key check 1")})

    epoch_aad = array("epoch1", STORE_ID, 1, 1)
    epoch_wrapped = AESGCM(KEK).encrypt(EPOCH_IV, EPOCH_KEY, epoch_aad)
    epoch_check = mac(EPOCH_KEY, array("epochcheck1", STORE_ID, 1))
    keys = {purpose: derive(EPOCH_KEY, purpose) for purpose in ("event", "head", "root", "seal", "state")}
    made.update({"epoch AAD": epoch_aad.decode(), "wrapped epoch key": epoch_wrapped,
                 "epoch check": epoch_check})
    made.update({f"{purpose} key": key for purpose, key in keys.items()})

    store_event = array("storeevent1", STORE_ID, 1, "store_created", None, CREATED_AT, 1, ATTEMPT, None)
    log_mac = mac(keys["event"], ZEROS, store_event)
    root = array("root1", STORE_ID, 1, CREATED_AT, 1, 1,
                 [[1, made["key check"].hex(), CREATED_AT, CREATED_AT, "admitted", None]],
                 [[1, epoch_check.hex(), CREATED_AT, [[1, EPOCH_IV.hex(), epoch_wrapped.hex()]]]],
                 1, {"events.min_retention_ms": 2592000000}, None, 1, log_mac)
    root_mac = mac(keys["root"], root)
    made.update({"store event": store_event.decode(), "store event mac": log_mac, "root": root.decode(),
                 "root mac": root_mac})

    row = array("row2", NAMESPACE, NAME, 42, 2, 3, 1, CREATED_AT, UPDATED_AT, None, VALUE_IV, value_digest,
                DEK_IV, wrapped, verbatim=METADATA)
    row_digest = sha256(row)
    row_term = term(keys["state"], array("term1", "secret", None, None, row_digest))
    total = row_term.to_bytes(256, "little")
    made.update({"row": row.decode(), "row digest": row_digest, "term, its first bytes": total[:32],
                 "term, its SHA-256": sha256(total)})

    event = array("event2", STORE_ID, NAMESPACE, 1, "created", 42, NAME, 3, "ops", UPDATED_AT, 1, ATTEMPT,
                  None, row_digest, None)
    event_mac = mac(keys["event"], ZEROS, event)
    head = array("head2", STORE_ID, NAMESPACE, 1, event_mac, 1, UPDATED_AT, 1, 0, 0, sha256(total), 0, ZEROS,
                 1, 1, event_mac)
    made.update({"event": event.decode(), "event mac": event_mac, "head": head.decode(),
                 "head mac": mac(keys["head"], head)})

    sealed_term = term(keys["state"], array("sealed1", NAMESPACE, 1, event_mac))
    seal = array("seal1", STORE_ID, 1, 2, 1, root_mac, 1, sha256(sealed_term.to_bytes(256, "little")))
    anchor = (f'{{"secretstoreAnchor":1,"storeId":"{STORE_ID}","storeLogSequence":1,'
              f'"storeLogMac":"{log_mac.hex()}","sealCounter":2,"epoch":1,"madeAt":{UPDATED_AT}')
    made.update({"seal": seal.decode(), "seal mac": mac(keys["seal"], seal),
                 "anchor": anchor + f',"mac":"{mac(keys["seal"], anchor.encode()).hex()}"}}'})
    return made


if __name__ == "__main__":
    for name, example in compute().items():
        print(f"{name:24} {example if isinstance(example, str) else example.hex()}")
