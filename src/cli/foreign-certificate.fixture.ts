/** Self-signed, CN=corp.example, made with openssl for these tests; its key was thrown away. */
export const foreignCertificate = `-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUOOA0bXL4xt0cuTrB04Bu18+7+yswCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMY29ycC5leGFtcGxlMB4XDTI2MTEyNTAzMDcwMFoXDTM2MTEy
MjAzMDcwMFowFzEVMBMGA1UEAwwMY29ycC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEJua0Zm6Z0+s5y3BX8Go+k9HJqdZGbPoeOTJoo3lus8R8QS6w
7h52M9qDNG+n6OWr+xSmWUx9PGiwxWsENyt01qNTMFEwHQYDVR0OBBYEFIcToTlM
SqT6cuYF4mvS055IjELfMB8GA1UdIwQYMBaAFIcToTlMSqT6cuYF4mvS055IjELf
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgTTC0C7+sVT3Ae8sK
UIzOtg7UlXfqf1FaUAs36iu6NNICIFIbEaGQY63w7nlLx76rlUXe10FIQBhflh6g
7yrTaKVy
-----END CERTIFICATE-----
`

/** `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64` */
export const foreignKeySha256 = 'mhF48uJlFXI7R+vUru6LHPJlPoJhFZfw1UYy6KHz05I='
