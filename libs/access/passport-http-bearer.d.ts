/** The package brings no types; this is the part of it that we use. */
declare module 'passport-http-bearer' {
  type Credentials = Readonly<{ headers: Readonly<{ authorization?: string | undefined }> }>;

  export class Strategy {
    constructor(options: Readonly<{ realm: string }>, verify: (...args: readonly unknown[]) => void);
    name: string;
    authenticate(request: Credentials): void;
  }
}
