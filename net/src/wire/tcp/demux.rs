//! Which segment belongs to which connection, and what becomes of those that belong to none.

use std::io;
use std::net::SocketAddr;

use rand_core::Rng;

use super::Listening;
use super::connection::Connection;
use super::segment;
use crate::link::Flow;
use crate::packet::{Packet, Protocol};
use crate::wire::network::{Event, Network};
use crate::wire::slab::Key;

impl Network {
    /// A segment has reached its host.
    pub(in crate::wire) fn receive_tcp(&mut self, host: usize, packet: Packet) {
        let flow = Flow::from(&packet);
        let known = self.hosts[host].connections.get(&flow).copied();
        if let Some(key) = known
            && let Some(mut connection) = self.connections.lend(key)
        {
            let is_reopened =
                connection.is_waiting_for_strays() && segment::is_opening(&packet.payload);
            if !is_reopened {
                connection.receive(self.now_ns, &packet, &mut self.wakes);
                self.connections.give_back(key, connection);
                self.settle(key);
                return;
            }
            // RFC 9293 §3.6.1: a new connection may take the place of one that is over.
            self.connections.give_back(key, connection);
            self.hosts[host].connections.swap_remove(&flow);
        }
        let is_opening = segment::is_opening(&packet.payload);
        match self.hosts[host].tcp.find(packet.target) {
            Some(listener) if is_opening => self.receive_opening(host, listener, packet),
            Some(_) | None => self.refuse(host, &packet),
        }
    }

    /// Answers a segment with a reset, on behalf of `host`'s side of the talk: of the host that
    /// received it, or of a firewall towards the host that sent it.
    pub(in crate::wire) fn refuse(&mut self, host: usize, packet: &Packet) {
        let Some((source, target, payload)) = segment::reset_for(packet) else {
            return;
        };
        let id = self.next_id();
        let protocol = Protocol::Tcp;
        let reset = Packet {
            source,
            target,
            protocol,
            payload,
            id,
        };
        self.send(host, reset, None);
    }

    /// Somebody wants to connect; a full backlog drops it, so that it will be tried again.
    fn receive_opening(&mut self, host: usize, listener: Key, packet: Packet) {
        let (local, remote) = (packet.target, packet.source);
        let Some(listening) = self.listeners.get_mut(listener) else {
            return;
        };
        if listening.waiting >= MAX_BACKLOG {
            self.drop_packet(packet.id, || format!("tcp: the backlog of {local} is full"));
            return;
        }
        let seed = self.hosts[host].entropy.next_u64();
        let mut connection = Connection::new(host, local, remote, seed, self.now_ns);
        if connection.listen().is_err() {
            return;
        }
        listening.waiting += 1;
        connection.listener = Some(listener);
        connection.receive(self.now_ns, &packet, &mut self.wakes);
        let key = self.connections.insert(Box::new(connection));
        self.hosts[host]
            .connections
            .insert(Flow::from(&packet), key);
        self.settle(key);
    }

    /// Opens a connection from an ephemeral port.
    pub(super) fn open(
        &mut self,
        host: usize,
        target: SocketAddr,
    ) -> io::Result<(Key, SocketAddr)> {
        let any = if target.is_ipv4() {
            SocketAddr::from(([0; 4], 0))
        } else {
            SocketAddr::from(([0; 16], 0))
        };
        let local = self.source_address(host, any, target)?;
        let mut local = self.free_address(host, local, Protocol::Tcp)?;
        let mut flow = Flow {
            source: target,
            target: local,
            protocol: Protocol::Tcp,
        };
        // An ephemeral port may still belong to a connection to the same target.
        for _ in 0..u16::MAX {
            if !self.hosts[host].connections.contains_key(&flow) {
                break;
            }
            local.set_port(0);
            local = self.free_address(host, local, Protocol::Tcp)?;
            flow.target = local;
        }
        let now_ns = self.now_ns();
        let seed = self.hosts[host].entropy.next_u64();
        let mut connection = Connection::new(host, local, target, seed, now_ns);
        connection.open()?;
        let key = self.connections.insert(Box::new(connection));
        self.hosts[host].connections.insert(flow, key);
        self.pump(key);
        Ok((key, local))
    }

    /// Lets a connection work at this moment.
    pub(in crate::wire) fn pump(&mut self, key: Key) {
        let now_ns = self.now_ns();
        if let Some(connection) = self.connections.get_mut(key) {
            connection.run(now_ns, false, &mut self.wakes);
            self.settle(key);
        }
    }

    /// A connection's timer has come.
    pub(in crate::wire) fn tick(&mut self, key: Key) {
        if let Some(connection) = self.connections.get_mut(key) {
            connection.timer = None;
            self.pump(key);
        }
    }

    /// A router has dropped one of the connection's segments for its size.
    pub(in crate::wire) fn shrink(&mut self, key: Key, size: usize) {
        let now_ns = self.now_ns();
        if let Some(connection) = self.connections.get_mut(key) {
            connection.shrink(now_ns, size);
            self.pump(key);
        }
    }

    /// The party has let go of a connection.
    pub(super) fn release(&mut self, key: Key) {
        let now_ns = self.now_ns();
        if let Some(connection) = self.connections.get_mut(key) {
            connection.release(now_ns);
            self.pump(key);
        }
    }

    /// The party has let go of a listener; connections it did not accept are reset.
    pub(super) fn close_listener(&mut self, key: Key) {
        let Some(listening) = self.listeners.remove(key) else {
            return;
        };
        let Listening {
            host,
            local,
            established,
            acceptor,
            ..
        } = listening;
        self.hosts[host].tcp.free(local.port(), key);
        self.wakes.extend(acceptor);
        let now_ns = self.now_ns();
        for key in established {
            if let Some(connection) = self.connections.get_mut(key) {
                connection.release(now_ns);
                connection.reset();
                self.pump(key);
            }
        }
    }

    /// Ends all sockets of a host without a word.
    pub(in crate::wire) fn kill_host(&mut self, host: usize) {
        for key in self.sockets.keys() {
            if self
                .sockets
                .get(key)
                .is_some_and(|bound| bound.host == host)
            {
                self.close_udp(key);
            }
        }
        for key in self.listeners.keys() {
            if self
                .listeners
                .get(key)
                .is_some_and(|listening| listening.host == host)
            {
                self.close_listener_silently(key);
            }
        }
        for key in self.connections.keys() {
            if self
                .connections
                .get(key)
                .is_some_and(|connection| connection.host == host)
            {
                self.kill(key);
            }
        }
        self.hosts[host].connections.clear();
    }

    fn close_listener_silently(&mut self, key: Key) {
        if let Some(listening) = self.listeners.get_mut(key) {
            listening.established.clear();
        }
        self.close_listener(key);
    }

    fn kill(&mut self, key: Key) {
        if let Some(mut connection) = self.connections.remove(key) {
            connection.kill(&mut self.wakes);
            if let Some((_, ticket)) = connection.timer.take() {
                self.timeline.cancel(ticket);
            }
        }
    }

    /// After a connection has worked: sends its segments, tells its listener, plans its timer.
    fn settle(&mut self, key: Key) {
        let Some(mut connection) = self.connections.lend(key) else {
            return;
        };
        let now_ns = self.now_ns();
        let host = connection.host;
        let (source, target) = (connection.local, connection.remote);
        for payload in connection.take_segments() {
            let id = self.next_id();
            let protocol = Protocol::Tcp;
            let packet = Packet {
                source,
                target,
                protocol,
                payload,
                id,
            };
            self.send(host, packet, Some(key));
        }
        let is_over = connection.is_over();
        self.tell_listener(key, &mut connection, is_over);
        let next_ns = if is_over {
            None
        } else {
            connection.next_ns(now_ns)
        };
        self.plan(key, &mut connection, next_ns);
        if is_over {
            let flow = Flow {
                source: target,
                target: source,
                protocol: Protocol::Tcp,
            };
            let connections = &mut self.hosts[host].connections;
            if connections.get(&flow) == Some(&key) {
                connections.swap_remove(&flow);
            }
        }
        let is_forgotten = is_over && connection.is_released();
        self.connections.give_back(key, connection);
        if is_forgotten {
            self.connections.remove(key);
        }
    }

    fn tell_listener(&mut self, key: Key, connection: &mut Connection, is_over: bool) {
        let Some(listener) = connection.listener else {
            return;
        };
        let Some(listening) = self.listeners.get_mut(listener) else {
            connection.listener = None;
            connection.release(self.now_ns);
            return;
        };
        if connection.is_established() {
            if !listening.established.contains(&key) {
                listening.established.push_back(key);
                self.wakes.extend(listening.acceptor.take());
            }
        } else if is_over {
            listening.waiting -= 1;
            connection.listener = None;
            connection.release(self.now_ns);
        }
    }

    /// Keeps one timer a connection. One that comes too early costs less than a new one.
    fn plan(&mut self, key: Key, connection: &mut Connection, next_ns: Option<u64>) {
        match (connection.timer, next_ns) {
            (Some((planned_ns, _)), Some(next_ns)) if planned_ns <= next_ns => {}
            (planned, next_ns) => {
                if let Some((_, ticket)) = planned {
                    self.timeline.cancel(ticket);
                }
                let at = next_ns.map(|at_ns| (at_ns, self.schedule(at_ns, Event::Tcp(key))));
                connection.timer = at;
            }
        }
    }
}

/// Connections that may wait for a listener, as on common systems (`SOMAXCONN` of old).
const MAX_BACKLOG: usize = 128;
