import passport from 'passport';
import { MeshError } from '#errors';
import type { IdentityProvider } from './identity-provider.js';
import type { Profile, ProviderKind } from './profile.js';
import { ProviderStrategy } from './provider.strategy.js';
import type { SignInStep } from './provider.strategy.js';

/** Where to go, or who came back. */
type Outcome = Readonly<{ location: string } | { profile: Profile }>;

/** The strategies of one server. A passport of its own: the one that the package shares is the whole process's. */
export class SignInStrategies {
  private readonly passport = new passport.Passport();

  constructor(providers: ReadonlyMap<ProviderKind, IdentityProvider>) {
    for (const [kind, provider] of providers) this.passport.use(kind, new ProviderStrategy(provider));
  }

  /** Where the browser of a new sign-in goes. */
  async redirect(kind: ProviderKind, { proofs }: SignInStep): Promise<string> {
    const outcome = await this.run(kind, { proofs });
    if ('location' in outcome) return outcome.location;
    throw new MeshError('internal', `the strategy ${kind} vouches for somebody whom nobody asked about`);
  }

  /** Who came back. */
  async profile(kind: ProviderKind, step: Required<SignInStep>): Promise<Profile> {
    const outcome = await this.run(kind, step);
    if ('profile' in outcome) return outcome.profile;
    throw new MeshError('internal', `the strategy ${kind} sends away a browser that came back`);
  }

  /** Passport speaks to a request and a response; of the response it writes a redirect's header alone. */
  private run(kind: ProviderKind, step: SignInStep): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const response = {
        statusCode: 0,
        setHeader: (name: string, value: string) => {
          if (name === 'Location') resolve({ location: value });
        },
        end: () => undefined,
      };
      const authenticate = this.passport.authenticate(kind, { session: false }, (error, user) => {
        if (error) reject(error);
        else resolve({ profile: user as Profile });
      });
      authenticate({ ...step }, response, reject);
    });
  }
}
