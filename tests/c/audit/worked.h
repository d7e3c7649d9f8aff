/* The worked examples of docs/formats.md (tests/formats/worked_examples.py), which another
 * implementation computed. */
#ifndef TESTS_AUDIT_WORKED_H
#define TESTS_AUDIT_WORKED_H

/* clang-format off */

#define WORKED_SEALED_VALUE \
  "b167def3630214c89609684073b9d86e1396c6c78a9e"
#define WORKED_VALUE_DIGEST \
  "55f9d41585ecb6cb002b242be41fb945765b44fbe6b3dd15af0a4787191cd1b0"
#define WORKED_DEK_AAD \
  "[\"dek2\",\"00112233445566778899aabbccddeeff\",\"acme:production\",\"DB_URL\",1,42,3,17700000000" \
  "00,1770000000001,null,\"55f9d41585ecb6cb002b242be41fb945765b44fbe6b3dd15af0a4787191cd1b0\"" \
  ",{\"owner\":\"a\"}]"
#define WORKED_WRAPPED_DEK \
  "b2061457c0759fc1749f174ee1ccadfad31ecfd81644ac151cb0dae0cc7dab4b1e9f144be332ebc9cb6ee960" \
  "21843b96"
#define WORKED_KEY_CHECK \
  "3653dceb433fbb7484cd4d18791e8dc605b46158bb1c4a7cd340c37af4b0698a"
#define WORKED_EPOCH_AAD \
  "[\"epoch1\",\"00112233445566778899aabbccddeeff\",1,1]"
#define WORKED_WRAPPED_EPOCH_KEY \
  "00c40c78257787f6f6e27f5b2a1ec44ad72fc78c7ec57b7d5584fab3ca81438b2cf8eb139a4751283a6cc5c8" \
  "4665f3cd"
#define WORKED_EPOCH_CHECK \
  "e66881437f53d26adf845daeec8fcf95686b43316cc5677e98959e3081f09294"
#define WORKED_EVENT_KEY \
  "e8161a01be8a5792a6205c1cdae1bb00585dbdb7577f4cf93d7e3feac4e6ba92"
#define WORKED_HEAD_KEY \
  "1c1d64c78fec116dda8f1b3c9570e32c6ed68e6295605a0e4cfe94507b8a69d3"
#define WORKED_ROOT_KEY \
  "a9c1519458bb8804dfee2d5c280484516b26db56176016fc4e2050dcea8c1894"
#define WORKED_SEAL_KEY \
  "d46c7c124b128f27d7ec1fd5b28b2851db436af2c59f5a416d0a64cb35897548"
#define WORKED_STATE_KEY \
  "b6871ebad03c118364adbf2117bae28060b4da4c1f3eedb7fd49be18b914168c"
#define WORKED_STORE_EVENT \
  "[\"storeevent1\",\"00112233445566778899aabbccddeeff\",1,\"store_created\",null,1770000000000,1" \
  ",\"909192939495969798999a9b9c9d9e9f\",null]"
#define WORKED_STORE_EVENT_MAC \
  "acbefd7be04391bbae211c8fc54c27324066fe3bdd869350a9a837780744b281"
#define WORKED_ROOT \
  "[\"root1\",\"00112233445566778899aabbccddeeff\",1,1770000000000,1,1,[[1,\"3653dceb433fbb7484c" \
  "d4d18791e8dc605b46158bb1c4a7cd340c37af4b0698a\",1770000000000,1770000000000,\"admitted\",nu" \
  "ll]],[[1,\"e66881437f53d26adf845daeec8fcf95686b43316cc5677e98959e3081f09294\",177000000000" \
  "0,[[1,\"808182838485868788898a8b\",\"00c40c78257787f6f6e27f5b2a1ec44ad72fc78c7ec57b7d5584fa" \
  "b3ca81438b2cf8eb139a4751283a6cc5c84665f3cd\"]]]],1,{\"events.min_retention_ms\":2592000000}" \
  ",null,1,\"acbefd7be04391bbae211c8fc54c27324066fe3bdd869350a9a837780744b281\"]"
#define WORKED_ROOT_MAC \
  "519a16fea79e3f05f5f4b6a91111be5e81189841ae346fb927e1acee66475189"
#define WORKED_ROW \
  "[\"row2\",\"acme:production\",\"DB_URL\",42,2,3,1,1770000000000,1770000000001,null,\"4041424344" \
  "45464748494a4b\",\"55f9d41585ecb6cb002b242be41fb945765b44fbe6b3dd15af0a4787191cd1b0\",\"5051" \
  "52535455565758595a5b\",\"b2061457c0759fc1749f174ee1ccadfad31ecfd81644ac151cb0dae0cc7dab4b1" \
  "e9f144be332ebc9cb6ee96021843b96\",{\"owner\":\"a\"}]"
#define WORKED_ROW_DIGEST \
  "e8e07b925c4c214321228a8275258ba3966730a17abbb11b825a4ec319df9ae9"
#define WORKED_TERM_FIRST_BYTES \
  "ca4d248f713aeef2d9afdb232c8999700010097ddb05704a86b607e34efd3f30"
#define WORKED_TERM_SHA_256 \
  "994f3717a025c1d34f9ac186f777ed8d8ae88e730c9d641136b6bb1b4f734838"
#define WORKED_EVENT \
  "[\"event2\",\"00112233445566778899aabbccddeeff\",\"acme:production\",1,\"created\",42,\"DB_URL\",3" \
  ",\"ops\",1770000000001,1,\"909192939495969798999a9b9c9d9e9f\",null,\"e8e07b925c4c214321228a82" \
  "75258ba3966730a17abbb11b825a4ec319df9ae9\",null]"
#define WORKED_EVENT_MAC \
  "7370dae6f295401758506b2ce28118fbcb7f091517c4b8417503424d9103a833"
#define WORKED_HEAD \
  "[\"head2\",\"00112233445566778899aabbccddeeff\",\"acme:production\",1,\"7370dae6f295401758506b2" \
  "ce28118fbcb7f091517c4b8417503424d9103a833\",1,1770000000001,1,0,0,\"994f3717a025c1d34f9ac1" \
  "86f777ed8d8ae88e730c9d641136b6bb1b4f734838\",0,\"00000000000000000000000000000000000000000" \
  "00000000000000000000000\",1,1,\"7370dae6f295401758506b2ce28118fbcb7f091517c4b8417503424d91" \
  "03a833\"]"
#define WORKED_HEAD_MAC \
  "75350447ee73d3e006a3385402a79fa81719247165427352dff6a0996fe724cc"
#define WORKED_SEAL \
  "[\"seal1\",\"00112233445566778899aabbccddeeff\",1,2,1,\"519a16fea79e3f05f5f4b6a91111be5e81189" \
  "841ae346fb927e1acee66475189\",1,\"b870eb334cdf3e28330dc619745180d26d61b07e43636da6d7a1ae76" \
  "e2410360\"]"
#define WORKED_SEAL_MAC \
  "ce6320ee3cbcf4fa1af92da343f8ed84b00e29f3057c889b6d4f2ebadfadb6d8"
#define WORKED_ANCHOR \
  "{\"secretstoreAnchor\":1,\"storeId\":\"00112233445566778899aabbccddeeff\",\"storeLogSequence\":1" \
  ",\"storeLogMac\":\"acbefd7be04391bbae211c8fc54c27324066fe3bdd869350a9a837780744b281\",\"sealC" \
  "ounter\":2,\"epoch\":1,\"madeAt\":1770000000001,\"mac\":\"f24a1d5d04199c9512ff9a26fd59fc0f0896e9" \
  "dba80b1d60c70a34d4b8e6941c\"}"

/* clang-format on */

#endif
