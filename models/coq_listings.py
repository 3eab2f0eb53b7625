"""What the Coq listings of the documents define, state and apply, one declaration after another.

A declaration is its kind, its name, in brackets what it makes besides (fields, constructors), after
the colon the names it uses that it does not bind itself, and of a theorem after `by` the lemmas
that its proof applies. A notation counts as what it stands for. `cospec.models.document_audit`
reads it.
"""

from __future__ import annotations

__all__ = ["COQ_000", "COQ_001"]

#: Seed 000.
COQ_000 = """
parameter ActorID
parameter Message
parameter ActorState
record ActorBehavior (receive spawn become): ActorState Message list ActorID option
record ActorSystem (actors message_queue next_actor_id): ActorID option ActorState ActorBehavior
  list Message
definition send_message: ActorSystem ActorID Message actors Some message_queue None
definition process_message: ActorSystem ActorID option actors message_queue Some receive
  next_actor_id send_messages None
fixpoint actor_system_step: ActorSystem nat S filter length message_queue all_actor_ids
  process_message Some None
definition actor_isolation: ActorSystem ActorID ActorState actors Some disjoint_memory_regions
  state_memory_region
definition message_atomicity: ActorSystem ActorID Message atomic_operation receive_and_update
definition actor_determinism: ActorSystem list ActorID Message deterministic_execution
  apply_message_sequence
theorem actor_pattern_safety: ActorSystem well_formed_actor_system actor_isolation
  message_atomicity actor_determinism by actor_isolation_theorem message_atomicity_theorem
  actor_determinism_theorem
inductive SupervisionStrategy (OneForOne OneForAll RestForOne): RestartStrategy
inductive RestartStrategy (Restart Stop Escalate): nat Duration
record SupervisionTree (supervisor children strategy failure_count last_failure_time): ActorID
  list SupervisionStrategy nat Time
definition handle_child_failure: SupervisionTree ActorID FailureReason SupervisionAction strategy
  OneForOne apply_restart_strategy OneForAll apply_restart_strategy_to_all RestForOne
  children_after apply_restart_strategy_to_list
theorem supervision_tree_correctness: SupervisionTree ActorID In valid_supervision_action
  handle_child_failure AnyFailure by supervision_strategy_soundness
inductive CSPProcess (Stop Skip Prefix Choice Parallel Hide Rename): Event set
parameter Event
inductive Trace (EmptyTrace EventTrace): Event
fixpoint process_traces: CSPProcess set Trace Stop EmptyTrace Skip EventTrace parallel_traces Hide
  hide_events Rename rename_events Prefix Choice Parallel
definition trace_equivalent: CSPProcess process_traces
theorem csp_choice_commutative: CSPProcess trace_equivalent Choice by set_union_commutative
theorem csp_choice_associative: CSPProcess trace_equivalent Choice by set_union_associative
parameter ChannelID
parameter ChannelValue
inductive ChannelState (Empty Buffered Closed): list ChannelValue
inductive ChannelOperation (Send Receive Close): ChannelID ChannelValue
definition ChannelSystem: ChannelID ChannelState
definition apply_channel_operation: ChannelSystem ChannelOperation option Send Empty Some Buffered
  Closed None Receive Close
definition channel_safety: ChannelSystem ChannelID Buffered length max_buffer_size
theorem channel_operation_atomicity: ChannelSystem ChannelOperation channel_safety
  apply_channel_operation Some None by channel_operation_preserves_safety
record Event (event_id event_type event_data timestamp source): EventID EventType EventData Time
  ComponentID
definition EventHandler: Event option list
record EventBus (handlers event_queue processing_order): EventType list EventHandler Event
  ProcessingOrder
definition process_event: EventBus Event handlers event_type flat_map option_to_list sort_events
  processing_order event_queue
definition causal_ordering: Event timestamp happens_before
definition deterministic_event_processing: EventBus list Event sorted_by_causal_order
  deterministic_result process_event_sequence
theorem event_driven_correctness: EventBus Event well_formed_event_bus well_formed_event
  process_event by event_processing_preserves_wellformedness
inductive Command (CreateCommand UpdateCommand DeleteCommand): CommandData EntityID
inductive Query (GetQuery ListQuery AggregateQuery): EntityID QueryFilter AggregationSpec
record WriteModel (entities command_handlers validation_rules): EntityID option Entity Command
  list Event bool
record ReadModel (projections query_handlers materialized_views): ProjectionName Projection Query
  QueryResult list MaterializedView
record CQRSSystem (write_model read_model event_store projection_state): WriteModel ReadModel list
  Event ProjectionName ProjectionState
definition handle_command: CQRSSystem Command option write_model validation_rules command_handlers
  Some event_store update_projections projection_state read_model None
definition handle_query: CQRSSystem Query QueryResult read_model query_handlers
definition eventual_consistency: CQRSSystem list Event eventually_consistent
  apply_events_to_write_model write_model apply_events_to_projections projection_state
theorem cqrs_system_correctness: CQRSSystem Command well_formed_cqrs_system valid_command
  handle_command Some eventual_consistency None by command_handling_preserves_wellformedness
  command_handling_maintains_consistency
definition Filter: option
definition compose_filters: Filter Some None
definition parallel_filters: Filter Some None
definition branch_filter: bool Filter sum Some inl None inr
definition pipeline_correctness: Filter Some compose_filters
theorem pipeline_associativity: Filter compose_filters by functional_extensionality
inductive ConcurrencyPattern (ActorPattern CSPPattern EventDrivenPattern PipelinePattern):
  ActorConfiguration CSPConfiguration EventConfiguration PipelineConfiguration
inductive PatternComposition (SinglePattern SequentialComposition ParallelComposition
  HierarchicalComposition): ConcurrencyPattern list
fixpoint compose_patterns_semantics: PatternComposition SystemBehavior SinglePattern
  pattern_semantics SequentialComposition sequential_composition ParallelComposition
  parallel_composition HierarchicalComposition hierarchical_composition map
definition patterns_compatible: ConcurrencyPattern compatible_communication_models
  compatible_synchronization_models compatible_error_handling_models
theorem pattern_composition_correctness: ConcurrencyPattern patterns_compatible
  well_formed_pattern well_formed_composition ParallelComposition SinglePattern by
  compatible_patterns_compose_well
record PerformanceMetrics (throughput latency_p99 memory_usage cpu_utilization context_switches):
  Real Duration nat
definition pattern_performance_characteristics: ConcurrencyPattern PerformanceMetrics ActorPattern
  actor_performance CSPPattern csp_performance EventDrivenPattern event_driven_performance
  PipelinePattern pipeline_performance
definition optimization_recommendations: PerformanceMetrics PerformanceRequirements list
  OptimizationStrategy throughput min_throughput ThroughputOptimization latency_p99 max_latency
  LatencyOptimization memory_usage max_memory MemoryOptimization
definition recommend_pattern: SystemRequirements ConcurrencyPattern message_passing_intensive
  fault_tolerance_critical ActorPattern high_resilience_actor_config CSPPattern
  high_throughput_csp_config event_processing_intensive EventDrivenPattern optimized_event_config
  data_pipeline_intensive PipelinePattern parallel_pipeline_config balanced_actor_config
"""

#: Seed 001.
COQ_001 = """
record Microservice (service_id business_capability data_model api_contract deployment_unit):
  ServiceID BusinessCapability DataModel APIContract DeploymentUnit
definition ServiceBoundary: set Entity Operation
record BoundedContext (context_name domain_model ubiquitous_language service_boundary): string
  DomainModel UbiquitousLanguage ServiceBoundary
definition single_responsibility: Microservice BusinessCapability business_capability
  cohesive_capability
definition loose_coupling: list Microservice In minimal_dependencies api_contract
definition high_cohesion: Microservice Entity In entities_of data_model
  belongs_to_same_business_capability business_capability
definition conways_law: OrganizationStructure SystemArchitecture
  architecture_mirrors_communication
theorem microservices_architecture_correctness: list Microservice In single_responsibility
  loose_coupling high_cohesion well_formed_microservices_architecture by
  microservices_principles_ensure_well_formation
record ServiceRegistry (registered_services health_checks load_balancing_info): ServiceID option
  ServiceInstance HealthStatus LoadBalancingInfo
record ServiceInstance (instance_id service_id network_location metadata registration_time
  last_heartbeat): InstanceID ServiceID NetworkAddress ServiceMetadata Time
inductive ServiceDiscoveryPattern (ClientSideDiscovery ServerSideDiscovery ServiceMesh):
  ServiceRegistry LoadBalancer ServiceMeshProxy
definition service_discovery_consistency: ServiceRegistry ServiceID ServiceInstance
  registered_services Some health_checks Healthy
inductive LoadBalancingAlgorithm (RoundRobin WeightedRoundRobin LeastConnections
  ConsistentHashing): InstanceID nat HashFunction
definition load_balancing_fairness: LoadBalancingAlgorithm list ServiceInstance Request
  compute_request_distribution fair_distribution
record APIGateway (routing_rules authentication authorization rate_limiting request_transformation
  response_transformation circuit_breaker): Request option ServiceEndpoint Principal bool Response
  CircuitBreakerState
inductive RoutingRule (PathBasedRouting HeaderBasedRouting MethodBasedRouting CompositeRouting):
  PathPattern ServiceEndpoint HeaderPattern HTTPMethod list
definition request_pipeline: APIGateway Request option Response authentication Some authorization
  rate_limiting routing_rules circuit_breaker_allows circuit_breaker request_transformation
  forward_request response_transformation circuit_breaker_response None not_found_response
  rate_limit_exceeded_response unauthorized_response authentication_required_response
theorem api_gateway_correctness: APIGateway Request well_formed_gateway valid_request
  request_pipeline Some valid_response None by gateway_pipeline_produces_valid_response
record CommandModel (aggregates command_handlers business_rules consistency_guarantees):
  AggregateID option Aggregate Command list Event bool ConsistencyLevel
record QueryModel (read_models query_handlers materialized_views eventual_consistency):
  ReadModelName ReadModel Query QueryResult list MaterializedView EventualConsistencyPolicy
record CQRSSystem (command_side query_side event_bus projections): CommandModel QueryModel
  EventBus list Projection
definition command_consistency: CommandModel Command list Event command_handlers Some
  business_rules true consistent_events aggregates
definition query_eventual_consistency: QueryModel list Event eventually In
  reflected_in_read_models read_models
theorem cqrs_separation_theorem: CQRSSystem well_formed_cqrs_system independent_scaling
  command_side query_side optimized_for_purpose by cqrs_enables_independent_scaling
  cqrs_enables_purpose_optimization
definition EventStream: list Event
record EventStore (append_events read_events read_all_events create_snapshot read_snapshot):
  AggregateID list Event option EventStream Aggregate bool nat
fixpoint replay_events: Aggregate EventStream apply_event
definition snapshot_consistency: EventStore AggregateID read_snapshot read_events Some skipn
  replay_events initial_aggregate_state
definition time_travel_query: EventStore AggregateID Time option Aggregate read_events Some filter
  event_time replay_events initial_aggregate_state None
theorem event_sourcing_correctness: EventStore AggregateID snapshot_consistency Time
  time_travel_query Some valid_aggregate_state None by
  snapshot_consistency_implies_time_travel_correctness
record SagaTransaction (saga_id steps compensations execution_order): SagaID list SagaStep
  CompensationAction ExecutionOrder
record SagaStep (step_id service action compensation timeout): StepID ServiceID Action
  CompensationAction Duration
inductive ExecutionOrder (Sequential Parallel Mixed): list StepID ParallelGroup
inductive SagaState (SagaStarted StepExecuting StepCompleted StepFailed SagaCompensating
  SagaCompleted SagaFailed): StepID string list
definition execute_saga: SagaTransaction SagaExecution SagaStarted execute_saga_steps steps
definition saga_atomicity: SagaTransaction SagaExecution execution_of all_steps_succeeded
  all_compensations_executed
definition saga_consistency: SagaTransaction SagaStep CompensationAction In steps
  action_compensation_pair_consistent action
definition saga_isolation: SagaTransaction concurrent_sagas_do_not_interfere
definition saga_durability: SagaTransaction SagaExecution execution_of execution_state_persisted
theorem saga_correctness: SagaTransaction well_formed_saga saga_atomicity saga_consistency
  saga_durability by saga_compensation_ensures_atomicity well_formed_saga_ensures_consistency
  saga_state_persistence
record ServiceMesh (data_plane control_plane proxy_configuration traffic_policies): DataPlane
  ControlPlane ProxyConfiguration list TrafficPolicy
record DataPlane (sidecar_proxies traffic_interception load_balancing circuit_breakers): ServiceID
  option SidecarProxy TrafficInterceptionRule LoadBalancingPolicy CircuitBreakerConfig
record ControlPlane (service_discovery configuration_distribution telemetry_collection
  policy_enforcement): ServiceDiscoveryMechanism ConfigurationDistribution TelemetryCollector
  PolicyEnforcer
inductive TrafficPolicy (RoutingPolicy RetryPolicy TimeoutPolicy SecurityPolicy): RoutingRule
  RetryConfiguration TimeoutConfiguration SecurityConfiguration
definition service_mesh_transparency: ServiceMesh ApplicationCode ServiceCall In
  extract_service_calls mesh_handles_call application_unaware_of_mesh
definition service_mesh_observability: ServiceMesh ServiceInteraction observed_by_mesh
  telemetry_data_available tracing_data_available metrics_data_available
theorem service_mesh_correctness: ServiceMesh Application well_configured_mesh
  service_mesh_transparency code_of service_mesh_observability by mesh_transparency_theorem
  mesh_observability_theorem
"""
