import type { components, operations } from '../api/schema';

// The contract's own types are the dashboard's: one set of names from the Go types to the table's columns.
type Schemas = components['schemas'];

export type Accepted = Schemas['Accepted'];
export type Attempt = Schemas['Attempt'];
export type Circuit = Schemas['Circuit'];
export type CircuitChange = Schemas['CircuitChange'];
export type Count = Schemas['Count'];
export type DeadLetter = Schemas['DeadLetter'];
export type DeadLetters = Schemas['DeadLetters'];
export type Figures = Schemas['Figures'];
export type Me = Schemas['Me'];
export type Message = Schemas['Message'];
export type MessageFilter = Schemas['MessageFilter'];
export type MessagePage = Schemas['MessagePage'];
export type Metrics = Schemas['Metrics'];
export type Notification = Schemas['Notification'];
export type NotificationAction = Schemas['Action'];
export type ReplayJob = Schemas['ReplayJob'];
export type Schedule = Schemas['Schedule'];
export type SchedulePreview = Schemas['SchedulePreview'];
export type SetSchedule = Schemas['SetSchedule'];
export type Summary = Schemas['Summary'];

export type Status = Summary['status'];
export type Reason = NonNullable<Summary['reason']>;
export type Period = Metrics['period'];
export type MessageType = Schemas['CreateMessage']['message_type'];
export type Channel = NonNullable<NonNullable<operations['get-circuit']['parameters']['query']>['channel']>;
export type ListQuery = NonNullable<operations['list-messages']['parameters']['query']>;
