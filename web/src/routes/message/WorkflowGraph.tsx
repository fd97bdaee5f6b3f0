import { Graph, layout } from '@dagrejs/dagre';
import { Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  Background,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useMemo, useState } from 'react';
import {
  edgeKey,
  edgesAlong,
  pathOf,
  workflowEdges,
  workflowStates,
  type Path,
  type WorkflowEdge,
  type WorkflowState,
} from '../../model/workflow';
import type { Message } from '../../services/types';

type StateNode = Node<{ state: WorkflowState; taken: boolean; last: boolean }, 'state'>;

const size = { width: 150, height: 38 };

/** The delivery workflow, with the path that the message's newest execution took. */
export default function WorkflowGraph({ message }: { message: Message }) {
  const path = pathOf(message);
  const key = path.states.join(' ');
  const [chosen, choose] = useState<string>();
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the key is the path's whole content
  const { nodes, edges } = useMemo(() => drawn(path), [key]);
  // A phone has no room for all of it: it begins with the path, the rest is a finger's move away.
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const taken = path.states.map((id) => ({ id }));
  const shown = workflowStates.find(({ name }) => name === (chosen ?? path.states.at(-1)));
  return (
    <div>
      <div className="workflow">
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          fitView
          fitViewOptions={{ padding: 0.04, nodes: narrow && taken.length > 0 ? taken : undefined }}
          minZoom={0.2}
          nodesDraggable={false}
          nodesConnectable={false}
          edgesFocusable={false}
          preventScrolling={false}
          zoomOnScroll={false}
          onNodeClick={(_, node) => choose(node.id)}
          aria-label="Delivery workflow"
        >
          <Background gap={20} size={1} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
      <Text size="sm" mt="sm">
        {path.words}
        {path.unknown && (
          <Text span c="dimmed">
            {' '}
            {path.unknown}
          </Text>
        )}
      </Text>
      {shown && (
        <Text size="sm" c="dimmed" mt={4}>
          <strong>{shown.name}</strong> — {shown.comment}
        </Text>
      )}
    </div>
  );
}

function StateBox({ data: { state, taken, last } }: NodeProps<StateNode>) {
  return (
    <div
      className="state"
      data-type={state.type}
      data-taken={taken || undefined}
      data-last={last || undefined}
      title={state.comment}
    >
      <Handle type="target" position={Position.Top} />
      {state.name}
      <Handle type="source" position={Position.Bottom} />
    </div>
  );
}

const nodeTypes = { state: StateBox };

function drawn(path: Path): { nodes: StateNode[]; edges: Edge[] } {
  const taken = new Set(path.states);
  const along = edgesAlong(path);
  const places = placed();
  const nodes = workflowStates.map((state): StateNode => ({
    id: state.name,
    type: 'state',
    position: places.get(state.name) ?? { x: 0, y: 0 },
    ...size,
    data: { state, taken: taken.has(state.name), last: state.name === path.states.at(-1) },
    ariaLabel: taken.has(state.name) ? `${state.name}, on the path` : state.name,
  }));
  const edges = workflowEdges.filter((edge) => !isFault(edge) || along.has(edgeKey(edge.from, edge.to)));
  return { nodes, edges: edges.map((edge) => drawnEdge(edge, along.has(edgeKey(edge.from, edge.to)), taken.size > 0)) };
}

function drawnEdge({ from, to, label, caught }: WorkflowEdge, taken: boolean, anyTaken: boolean): Edge {
  const color = taken ? 'var(--mantine-primary-color-filled)' : 'var(--rez-edge)';
  return {
    id: edgeKey(from, to),
    source: from,
    target: to,
    label: taken || !anyTaken ? label : undefined,
    zIndex: taken ? 1 : 0,
    style: { stroke: color, strokeWidth: taken ? 2.5 : 1, strokeDasharray: caught ? '5 4' : undefined },
    markerEnd: { type: MarkerType.ArrowClosed, color, width: 14, height: 14 },
    labelStyle: { fill: 'var(--mantine-color-text)', fontSize: 11 },
    labelBgStyle: { fill: 'var(--rez-surface)' },
  };
}

// The way into the fault's corner from everywhere.
const isFault = ({ caught, label, from }: WorkflowEdge) => caught && label === 'fault' && from !== 'ReleaseLease';

function placed(): Map<string, { x: number; y: number }> {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 34 });
  graph.setDefaultEdgeLabel(() => ({}));
  workflowStates.forEach(({ name }) => graph.setNode(name, { ...size }));
  // Faults can happen everywhere: as a part of the layout their ways would pull everything apart.
  workflowEdges
    .filter((edge) => !isFault(edge))
    .forEach(({ from, to, caught }) => graph.setEdge(from, to, { weight: caught ? 1 : 3 }));
  layout(graph);
  return new Map(
    workflowStates.map(({ name }) => {
      const { x, y } = graph.node(name) as { x: number; y: number };
      return [name, { x: x - size.width / 2, y: y - size.height / 2 }];
    }),
  );
}
