// Rulings of interrupts-conversations.md that a client can see. The words name the case that asserts each of them.

import type { Ruling } from "../ruling.ts";

export const interrupts: readonly Ruling[] = [
  {
    id: "interrupts 1/1",
    says: "resumeSchema is held against the answer before the node sees it",
    by: ["interrupt-actions", "is held against the schema that the question came with"],
  },
  {
    id: "interrupts 1/2",
    says: "each kind's data has the shape of the schema",
    by: [
      "waiting",
      "for approval is waiting-approval; its question has the shape of its kind",
      "for clarification is waiting-input; its question has the shape of its kind",
      "for external-event is waiting-external; its question has the shape of its kind",
      "for custom is waiting-input; its question has the shape of its kind",
      "for low-confidence is waiting-approval; its question has the shape of its kind",
    ],
  },
  {
    id: "interrupts 1/3",
    says: "the signed token and callbackUrl are on the snapshot for those who may answer",
    by: ["interrupt-tokens", "can be answered once"],
  },
  {
    id: "interrupts 2/1",
    says: "an action that is not offered is 400 and leaves the run waiting",
    by: ["interrupts", "as an approval"],
  },
  {
    id: "interrupts 2/2",
    says: "edit is a synonym of edit-accept on input",
    by: ["interrupt-actions", "hands on what was edited"],
  },
  {
    id: "interrupts 2/3",
    says: "refine needs refineFeedback, edit-accept needs editedArtifactData",
    by: ["interrupt-actions", "needs the edited data"],
  },
  {
    id: "interrupts 2/4",
    says: "ask never ends the question, and writes no approval.received",
    by: ["interrupt-actions", "leaves the gate open"],
  },
  {
    id: "interrupts 2/5",
    says: "approved and rejected of older clients become their actions",
    by: ["interrupt-actions", "is what the old words mean"],
  },
  {
    id: "interrupts 2/6",
    says: "decidedBy and decidedAt are stamped by the host",
    by: ["interrupts", "stamps who decided"],
  },
  {
    id: "interrupts 2/7",
    says: "a voter that the list of approvers does not name may not vote",
    by: ["interrupt-actions", "a voter on the list"],
  },
  {
    id: "interrupts 2/8",
    says: "single-veto ends at the first reject",
    by: ["interrupt-actions", "that is a veto ends a gate"],
  },
  {
    id: "interrupts 2/9",
    says: "a failed quorum fails the run with approval_rejected",
    by: ["interrupt-fixtures", "two of three who refuse end it"],
  },
  {
    id: "interrupts 4/1",
    says: "auth-required: no credential is 401, a missing scope 403, a token 403",
    by: ["interrupt-tokens", "cannot answer where a person must be known"],
  },
  {
    id: "interrupts 4/2",
    says: "external-event matches every correlated member, also inside eventPayload, else 422",
    by: ["interrupt-actions", "of something else is 422 on both surfaces"],
  },
  {
    id: "interrupts 4/3",
    says: "the same external event twice resolves once",
    by: ["interrupt-actions", "that comes twice is taken once"],
  },
  {
    id: "interrupts 5/1",
    says: "a confidence below the threshold suspends after agent.decided; equal or absent goes on",
    by: ["mock-agent", "below the threshold"],
  },
  { id: "interrupts 5/2", says: "the run's escalationThreshold wins", by: ["mock-agent", "threshold of the run"] },
  {
    id: "interrupts 7/1",
    says: "an unknown interrupt is interrupt_not_found, an unknown token invalid_interrupt_token",
    by: ["interrupts", "of a node that never asked"],
  },
  {
    id: "interrupts 7/2",
    says: "a resolved interrupt is 409 on both surfaces; GET by token still answers, resolved true",
    by: ["interrupt-tokens", "can be answered once"],
  },
  {
    id: "interrupts 7/3",
    says: "an expired token is 410 interrupt_expired",
    by: ["interrupt-actions", "ends the token of an unanswered"],
  },
  {
    id: "interrupts 7/4",
    says: "after a direct cancel the run's surface is 422 interrupt_cancelled, after a cascade 410 interrupt_gone, the token's 409",
    by: ["children-cascade", "reaches the child within 5 s, and its question is gone"],
  },
  {
    id: "interrupts 7/5",
    says: "an inspect token may look and not answer",
    by: ["interrupt-actions", "looks, and cannot answer"],
  },
  {
    id: "interrupts 7/6",
    says: "of many answers at once one wins, the others are 409",
    by: ["interrupt-races", "by ten at once"],
  },
  {
    id: "interrupts 7/7",
    says: "several interrupts of a run may be answered at once",
    by: ["interrupt-races", "two gates of one run answered at once"],
  },
  {
    id: "interrupts 7/8",
    says: "Idempotency-Key repeats the first answer",
    by: ["interrupt-actions", "that is repeated under its Idempotency-Key"],
  },
  {
    id: "interrupts 7/9",
    says: "a deadline that passed is a rejection, seen by the next reader",
    by: ["interrupt-actions", "has rejected a gate"],
  },
  {
    id: "interrupts 7/10",
    says: "a token dies with its interrupt's deadline",
    by: ["interrupt-actions", "ends the token of an unanswered"],
  },
  {
    id: "interrupts 8/1",
    says: "an exchange appends turns, and the node stays suspended",
    by: ["conversations", "exchanges turns without going on"],
  },
  {
    id: "interrupts 8/2",
    says: "close resumes the node with its outcome",
    by: ["conversations", "goes on with the outcome when it is closed"],
  },
  { id: "interrupts 8/3", says: "an empty turn is 422", by: ["conversations", "a blank turn"] },
  {
    id: "interrupts 8/4",
    says: "an exchange after close is refused",
    by: ["conversations", "an exchange after the close"],
  },
  {
    id: "interrupts 8/5",
    says: "conversation.opened is caused by the suspension",
    by: ["conversations", "opens with its first turn, caused by the suspension"],
  },
  {
    id: "interrupts 8/6",
    says: "turns have deterministic message ids",
    by: ["conversations", "without the id of the run"],
  },
  {
    id: "interrupts 8/7",
    says: "a timeout closes the conversation with a system turn",
    by: ["conversations", "at its deadline"],
  },
  {
    id: "interrupts 10/1",
    says: "refine appends feedback and goes back to the producer, the gate asks again with a new key",
    by: ["interrupt-actions", "sends the artifact back with the feedback"],
  },
  {
    id: "interrupts 10/2",
    says: "after maxLoopbackIterations refine is not offered any more",
    by: ["interrupt-actions", "is over at the limit"],
  },
  {
    id: "interrupts 10/3",
    says: "a gate without a way back refuses refine",
    by: ["interrupt-actions", "is refused by a gate without a way back"],
  },
  {
    id: "interrupts 10/4",
    says: "accepting a cancellation question cancels the run with its reason",
    by: ["interrupt-actions", "stops the run when it is accepted"],
  },
  {
    id: "interrupts 2/10",
    says: "an anonymous caller never votes",
    by: ["interrupt-actions", "nobody by a link, where several must agree"],
  },
  {
    id: "interrupts 2/11",
    says: "a key that may not vote for others votes as its own principal",
    by: ["interrupts-last", "votes as its own principal, whomever it names"],
  },
  {
    id: "interrupts 2/12",
    says: "single-use votes: one voter counts once, the last word counts",
    by: ["interrupts", "a gate with a quorum goes on with the third vote; one voter counts once"],
  },
  {
    id: "interrupts 6/1",
    says: "signed tokens are never written to the log",
    by: ["interrupt-tokens", "is never written to the log"],
  },
  {
    id: "interrupts 7/11",
    says: "a token is a readable payload and a signature over it, and lives 30 minutes",
    by: ["interrupt-tokens", "is made of a readable payload and a signature over it", "can be inspected without a key"],
  },
  {
    id: "interrupts 7/12",
    says: "a token of which any part was changed is invalid_interrupt_token",
    by: ["interrupt-tokens", "is refused when any part of it was changed"],
  },
  {
    id: "interrupts 7/13",
    says: "GET by token shows the members of suspend-request with requestedAt, expiresAt and resolved",
    by: ["interrupt-tokens", "can be inspected without a key"],
  },
  {
    id: "interrupts 7/14",
    says: "the lists of pending questions hold each once, the earliest deadline first",
    by: [
      "interrupts",
      "hold the open questions of one run, until they are answered",
      "hold the open questions of all runs, earliest deadline first, page by page",
    ],
  },
  {
    id: "interrupts 7/15",
    says: "an answer and a cancel at once leave one story in the log",
    by: ["interrupt-races", "by an answer and a cancellation: whoever is first, the log tells one story"],
  },
  {
    id: "interrupts 7/16",
    says: "who may only read sees questions, but no token that answers them",
    by: ["interrupts-last", "gets tokens that answer; who may only read gets those that look"],
  },
  {
    id: "interrupts 7/17",
    says: "callbackUrl is told of the question with a signed link",
    by: ["callbacks", "brings the question and a link that answers it", "does not follow redirects"],
  },
  {
    id: "interrupts 7/18",
    says: "open questions, votes and turns outlive the process",
    by: ["interrupts-last", "leaves conversations, votes, ways back and escalations to the next"],
  },
  {
    id: "interrupts 8/8",
    says: "a turn that does not fit the schema it opened with is refused",
    by: ["conversations", "a turn that does not fit the schema it opened with"],
  },
  {
    id: "interrupts 8/9",
    says: "an exchangeKey that comes again returns the turns it made",
    by: ["conversations", "takes a repeated exchange of one key once"],
  },
  {
    id: "interrupts 8/10",
    says: "a speaker who is no participant, and more participants than can take part, are refused",
    by: ["conversations", "a speaker who takes no part", "more participants than can take part, when it is registered"],
  },
  {
    id: "interrupts 8/11",
    says: "a cancel closes open conversations first",
    by: ["conversations", "with its run: closed by the system before the cancel"],
  },
];
