"""The claims, one module for each group of models.

A module is named here and imported as it stands: what cannot be imported stops everything that
uses the register, so that no claim is missing without notice.
"""

from __future__ import annotations

from cospec.proofs.claims import (
    actor_isolation,
    actor_schedules,
    actors,
    bank,
    breaker,
    broadcast_buses,
    channels,
    csp_core,
    csp_laws,
    csp_objects,
    event_buses,
    event_causality,
    event_delivery,
    event_driven,
    event_handlers_002,
    event_store_002,
    event_store_004,
    event_streams,
    fallback,
    order_money,
    order_service,
    order_snapshots,
    orders_v1,
    orders_v2,
    saga_compensation,
    saga_inverses,
    saga_orchestrator,
    saga_steps,
    sagas,
    sliding_window,
    token_bucket,
    users,
)
from cospec.proofs.register import Register

#: Every claim.
CLAIMS = Register(
    actor_isolation.CLAIMS,
    actor_schedules.CLAIMS,
    actors.CLAIMS,
    bank.CLAIMS,
    breaker.CLAIMS,
    broadcast_buses.CLAIMS,
    channels.CLAIMS,
    csp_core.CLAIMS,
    csp_laws.CLAIMS,
    csp_objects.CLAIMS,
    event_buses.CLAIMS,
    event_causality.CLAIMS,
    event_delivery.CLAIMS,
    event_driven.CLAIMS,
    event_handlers_002.CLAIMS,
    event_store_002.CLAIMS,
    event_store_004.CLAIMS,
    event_streams.CLAIMS,
    fallback.CLAIMS,
    order_money.CLAIMS,
    order_service.CLAIMS,
    order_snapshots.CLAIMS,
    orders_v1.CLAIMS,
    orders_v2.CLAIMS,
    saga_compensation.CLAIMS,
    saga_inverses.CLAIMS,
    saga_orchestrator.CLAIMS,
    saga_steps.CLAIMS,
    sagas.CLAIMS,
    sliding_window.CLAIMS,
    token_bucket.CLAIMS,
    users.CLAIMS,
)
