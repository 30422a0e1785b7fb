import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'

export type CertificateOptions = {
  /** Default: `localhost`. */
  commonName?: string
  /** Among the alternative names. */
  uri?: string
  /** In ms from now. Default: a day. */
  validFor?: number
}

/** A key and a self-signed certificate, for `localhost` where nothing else is said. PEM. */
export function certificate ({ commonName: cn = 'localhost', uri, validFor = 86_400_000 }: CertificateOptions = {}): { key: string, cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'der' }
  })
  const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
  const commonName = der(0x06, Buffer.from('550403', 'hex'))
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(cn)))))
  const altNames = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])), ...uri === undefined ? [] : [der(0x86, Buffer.from(uri))])
  const extension = sequence(der(0x06, Buffer.from('551d11', 'hex')), der(0x04, altNames))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(utcTime(Date.now() - 3_600_000), utcTime(Date.now() + validFor)),
    name,
    publicKey,
    der(0xa3, sequence(extension))
  )
  const signature = sign('sha256', body, createPrivateKey(privateKey))
  const cert = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = cert.toString('base64').replace(/.{64}/g, '$&\n')
  return { key: privateKey, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` }
}

function sequence (...members: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members))
}

/** Tag, length, value. */
function der (tag: number, value: Buffer): Buffer {
  const { length } = value
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

function utcTime (time: number): Buffer {
  return der(0x17, Buffer.from(new Date(time).toISOString().replace(/\D/g, '').slice(2, 14) + 'Z'))
}
