// What Envoy says of a peer, by the library that it uses: what the peer serves is verified as Envoy does it (DefaultCertValidator in its
// source/common/tls/cert_validator/default_validator.cc). Compiled to WebAssembly: whoever asks writes a question into memory that alloc
// gave, and reads the answer where judge says it is.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

using bssl::UniquePtr;

// Which step refuses the peer; 0: it is trusted.
enum Step { kTrusted, kChain, kRoots, kCrls, kVerify };

// The answer: the step, the library's code and the depth in the chain, each of four bytes, the length of its reason, the reason, and
// the certificate that it is about, DER, if it is about one.
class Answer {
public:
  void set(Step step, int code, int depth, const char* reason, const X509* certificate) {
    const uint32_t length = strlen(reason);
    uint8_t* der = nullptr;
    const int derLength = certificate ? i2d_X509(certificate, &der) : 0;
    size_ = 16 + length + derLength;
    bytes_ = static_cast<uint8_t*>(realloc(bytes_, size_));
    const uint32_t head[] = {step, static_cast<uint32_t>(code), static_cast<uint32_t>(depth), length};
    memcpy(bytes_, head, sizeof(head));
    memcpy(bytes_ + 16, reason, length);
    if (derLength > 0) {
      memcpy(bytes_ + 16 + length, der, derLength);
    }
    OPENSSL_free(der);
    ERR_clear_error();
  }

  // Why a text cannot be read.
  void unreadable(Step step) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    set(step, 0, 0, reason ? reason : "no certificate in it", nullptr);
  }

  uint64_t address() const { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(bytes_)) << 32 | size_; }

private:
  uint8_t* bytes_ = nullptr;
  uint32_t size_ = 0;
} answer;

uint8_t* question;

// A part of the question: its length in four bytes, and as many bytes.
struct Part {
  const uint8_t* data;
  uint32_t size;

  static Part next(const uint8_t*& at) {
    Part part;
    memcpy(&part.size, at, sizeof(part.size));
    part.data = at + sizeof(part.size);
    at = part.data + part.size;
    return part;
  }

  UniquePtr<BIO> open() const { return UniquePtr<BIO>(BIO_new_mem_buf(data, size)); }

  UniquePtr<X509> certificate() const {
    const uint8_t* at = data;
    return UniquePtr<X509>(d2i_X509(nullptr, &at, size));
  }

  UniquePtr<STACK_OF(X509_INFO)> all() const {
    return UniquePtr<STACK_OF(X509_INFO)>(PEM_X509_INFO_read_bio(open().get(), nullptr, nullptr, nullptr));
  }
};

// The certificates that a peer serves; whether all of the text could be read.
bool readChain(const Part& text, STACK_OF(X509)* chain) {
  const UniquePtr<BIO> bio = text.open();
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(chain, certificate);
  }
  const uint32_t error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// Adds what Envoy takes of a text; whether there was a certificate.
bool add(const STACK_OF(X509_INFO)* all, X509_STORE* store, bool certificates, bool* crls) {
  bool added = false;
  for (size_t i = 0; i < sk_X509_INFO_num(all); i++) {
    const X509_INFO* each = sk_X509_INFO_value(all, i);
    if (certificates && each->x509) {
      added |= X509_STORE_add_cert(store, each->x509) == 1;
    }
    if (each->crl) {
      X509_STORE_add_crl(store, each->crl);
      *crls = true;
    }
  }
  return added;
}

// The key of the CA whose workload is presented.
EVP_PKEY* signer;

// Who asks has no key of the CA, and signs the workload's certificate with another: its signature counts as good if it is verified with
// the CA's key, and with no other.
int accept(int ok, X509_STORE_CTX* context) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  return ok || (X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_SIGNATURE_FAILURE &&
                X509_STORE_CTX_get_error_depth(context) == 0 && sk_X509_num(chain) > 1 &&
                EVP_PKEY_cmp(X509_get0_pubkey(sk_X509_value(chain, 1)), signer) == 1);
}

void verify(const uint8_t* at) {
  const Part now = Part::next(at), purpose = Part::next(at), leaf = Part::next(at), ca = Part::next(at), served = Part::next(at),
             trusted = Part::next(at), revoked = Part::next(at);
  const UniquePtr<X509> presented = leaf.certificate(), issuer = ca.certificate();
  const UniquePtr<STACK_OF(X509)> chain(sk_X509_new_null());
  const UniquePtr<X509_STORE> store(X509_STORE_new());
  bool crls = revoked.size > 0;
  const auto roots = trusted.all();
  if (!roots || !add(roots.get(), store.get(), true, &crls)) {
    return answer.unreadable(kRoots);
  }
  if (revoked.size > 0) {
    const auto lists = revoked.all();
    if (!lists) {
      return answer.unreadable(kCrls);
    }
    add(lists.get(), store.get(), false, &crls);
  }
  // After the roots, which istiod adds to the chain: what is wrong in them is said of them.
  if (!presented || !issuer || !readChain(served, chain.get())) {
    return answer.unreadable(kChain);
  }
  ERR_clear_error();
  signer = X509_get0_pubkey(issuer.get());
  const UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), presented.get(), chain.get());
  X509_STORE_CTX_set_default(context.get(), purpose.data[0] == 'c' ? "ssl_client" : "ssl_server");
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | (crls ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0));
  int64_t seconds;
  memcpy(&seconds, now.data, sizeof(seconds));
  X509_VERIFY_PARAM_set_time_posix(param, seconds);
  X509_STORE_CTX_set_verify_cb(context.get(), accept);
  if (X509_verify_cert(context.get()) == 1) {
    return answer.set(kTrusted, 0, 0, "", nullptr);
  }
  const int code = X509_STORE_CTX_get_error(context.get());
  answer.set(kVerify, code, X509_STORE_CTX_get_error_depth(context.get()), X509_verify_cert_error_string(code),
             X509_STORE_CTX_get_current_cert(context.get()));
}

} // namespace

// No object of this program is made by new; virtual destructors want it all the same.
void operator delete(void*) noexcept { abort(); }
void operator delete(void*, size_t) noexcept { abort(); }

extern "C" {

__attribute__((export_name("alloc"))) uint8_t* allocate(uint32_t size) {
  return question = static_cast<uint8_t*>(realloc(question, size));
}

__attribute__((export_name("judge"))) uint64_t judge() {
  verify(question);
  return answer.address();
}
}
