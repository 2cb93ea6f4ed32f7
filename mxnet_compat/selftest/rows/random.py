"""Sample inputs of the random operators (``ops/random.py``)."""

_DRAWN = "samples do not depend on their parameters in a way that could be differentiated"


def _plain(op, **params):
    return {"op": op, "inputs": {}, "params": {"shape": (2, 3), **params}, "order": 0, "why": _DRAWN}


def _like(op, **params):
    return {"op": op, "inputs": {"data": "N(2,3)"}, "params": params, "order": 0, "why": _DRAWN}


def _sample(op, **inputs):
    return {"op": op, "inputs": inputs, "params": {"shape": (4,)}, "order": 0, "why": _DRAWN}


ROWS = [
    _plain("_random_uniform", low=-1.0, high=2.0),
    _plain("_random_uniform", dtype="float64"),
    _plain("_random_normal", loc=1.0, scale=2.0),
    _plain("_random_gamma", alpha=2.0, beta=0.5),
    _plain("_random_exponential", lam=3.0),
    _plain("_random_poisson", lam=3.0),
    _plain("_random_negative_binomial", k=3, p=0.4),
    _plain("_random_generalized_negative_binomial", mu=2.0, alpha=0.3),
    _plain("_random_randint", low=-2, high=5),
    {"op": "_sample_unique_zipfian", "inputs": {}, "params": {"range_max": 50, "shape": (2, 5)}, "order": 0,
     "why": _DRAWN},
    _like("_random_uniform_like", low=-1.0),
    _like("_random_normal_like", scale=2.0),
    _like("_random_gamma_like", alpha=2.0),
    _like("_random_exponential_like", lam=2.0),
    _like("_random_poisson_like", lam=2.0),
    _like("_random_negative_binomial_like", k=2, p=0.5),
    _like("_random_generalized_negative_binomial_like", mu=2.0, alpha=0.5),
    _sample("_sample_uniform", low="U(2)", high="P(2)+1"),
    _sample("_sample_normal", mu="N(2)", sigma="P(2)"),
    _sample("_sample_gamma", alpha="P(2)", beta="P(2)"),
    _sample("_sample_exponential", lam="P(2)"),
    _sample("_sample_poisson", lam="P(2)"),
    _sample("_sample_negative_binomial", k="I(1,4,2)", p="R(.2,.8,2)"),
    _sample("_sample_generalized_negative_binomial", mu="P(2)", alpha="P(2)"),
    {"op": "_sample_multinomial", "inputs": {"data": "A([[.2,.3,.5],[.6,.2,.2]])"}, "params": {"shape": (4,)}, "grad": [],
     "order": 0, "why": _DRAWN},
    {"op": "_sample_multinomial", "inputs": {"data": "A([[.2,.3,.5],[.6,.2,.2]])"},
     "params": {"shape": (4,), "get_prob": True}, "order": 2},
    {"op": "_shuffle", "inputs": {"data": "N(5,2)"}, "order": 0, "why": "the order is random"},
    *[{"op": op, "inputs": {"sample": sample, **parameters}, "params": {"is_log": log}, **more}
      for log in (False, True)
      for op, sample, parameters, more in (
          ("_random_pdf_normal", "N(2,3)", {"mu": "N(2)", "sigma": "P(2)"}, {}),
          ("_random_pdf_uniform", "R(.2,.4,2,3)", {"low": "R(-1,0,2)", "high": "P(2)"}, {}),
          ("_random_pdf_gamma", "P(2,3)", {"alpha": "P(2)+1", "beta": "P(2)"}, {}),
          ("_random_pdf_exponential", "P(2,3)", {"lam": "P(2)"}, {}),
          ("_random_pdf_poisson", "I(0,4,2,3)", {"lam": "P(2)"}, {"grad": ["lam"]}),
          ("_random_pdf_negative_binomial", "I(0,4,2,3)", {"k": "P(2)+1", "p": "R(.2,.8,2)"}, {"grad": ["k", "p"]}),
          ("_random_pdf_generalized_negative_binomial", "I(0,4,2,3)", {"mu": "P(2)", "alpha": "P(2)"},
           {"grad": ["mu", "alpha"]}),
          ("_random_pdf_dirichlet", "A([[.2,.3,.5],[.6,.3,.1]])", {"alpha": "P(2,3)+1"}, {}))],
]
