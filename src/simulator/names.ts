const words = (text: string): readonly string[] => text.trim().split(/\s+/)

export const firstNames = words(`
  Ada Aisha Alejandro Amara Amelie Anders Anika Anton Aylin Beatriz Benedikt Bruno Camille Carlos Chiara Chloe Daniel
  Daria David Deniz Diego Ebba Elena Elias Emeka Emilia Emma Eric Esra Eva Fatima Felix Finn Florian Freya Gabriel
  Giulia Grace Hana Hannah Hassan Helena Hugo Ibrahim Ines Ingrid Isaac Jana Javier Jonas Joao Julia Kai Karim Katarina
  Kenji Kofi Lara Lars Laura Leila Leo Lina Linnea Lucas Lucia Maja Malik Marco Maria Marta Mateo Mei Mia Mira Nadia
  Naomi Nils Noah Noor Olga Oliver Omar Paula Pedro Petra Priya Rafael Ravi Rosa Samir Sara Sofia Stefan Tara Theo
  Tomas Uma Victor Wei Yara Yusuf Zoe
`)

export const lastNames = words(`
  Abara Adeyemi Aguilar Almeida Andersen Aoki Arslan Bakker Banerjee Barros Bauer Becker Bianchi Blom Bose Brandt Castro
  Chen Cohen Costa Cruz Dahl Demir Diallo Dubois Eriksen Esposito Farah Ferrari Fischer Fontaine Garcia Gomez Graf Greco
  Gupta Haas Hansen Hassan Hayashi Hoffmann Horvat Ibarra Ito Jansen Jensen Johansson Kamau Kaplan Keller Khan Kim
  Klein Kowalski Kumar Lange Larsen Laurent Lehmann Lindgren Lopez Lund Maier Malik Marino Martin Mendes Meyer Moreau
  Mori Mueller Nakamura Ndiaye Nguyen Nilsson Novak Obi Okafor Olsen Ortiz Osei Park Patel Pereira Petrov Popescu Quinn
  Ramos Rao Reyes Ricci Romano Rossi Sato Schmidt Silva Singh Sousa Suzuki Tanaka Torres Vogel Wagner Weber Yamada Yilmaz
  Zhang Zimmer
`)

export const companyNames = words(`
  Northwind Bluefjord Amberline Stonebridge Larkfield Veridian Copperleaf Highmark Sunharbor Oakhaven Silverpine
  Meridian Brightwater Ironvale Clearpath Redwillow Fairmont Eastgate Moonrise Wildbrook
`)

export const projectNames = words(`
  Aurora Beacon Cascade Delta Ember Falcon Glacier Horizon Indigo Juniper Kestrel Lighthouse Monsoon Nimbus Orbit Phoenix
  Quartz Ridge Summit Tundra
`)

export const cities: readonly { locality: string; region: string; country: string }[] = [
  { locality: 'Berlin', region: 'BE', country: 'DE' },
  { locality: 'Austin', region: 'TX', country: 'US' },
  { locality: 'Lisbon', region: 'LI', country: 'PT' },
  { locality: 'Toronto', region: 'ON', country: 'CA' },
  { locality: 'Singapore', region: 'SG', country: 'SG' },
  { locality: 'Manchester', region: 'ENG', country: 'GB' },
]
