/** The package brings no types; this is the part of it that we use. */
declare module 'passport' {
  /** What passport lends a strategy for one request. */
  class Strategy {
    name?: string;
    authenticate(request: unknown, options?: unknown): void;
    success(user: object): void;
    redirect(url: string): void;
    error(error: unknown): void;
  }

  type Response = {
    statusCode: number;
    setHeader(name: string, value: string): void;
    end(): void;
  };

  type Middleware = (request: object, response: Response, next: (error?: unknown) => void) => void;

  class Passport {
    use(name: string, strategy: Strategy): this;
    authenticate(
      name: string,
      options: Readonly<{ session: false }>,
      done: (error: unknown, user?: object | false | null) => void,
    ): Middleware;
  }

  const passport: Readonly<{ Passport: typeof Passport; Strategy: typeof Strategy }>;
  export default passport;
}
