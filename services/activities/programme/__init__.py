"""The programme: plan, publish, sign up, attend with a rotating code, complete, cancel."""
